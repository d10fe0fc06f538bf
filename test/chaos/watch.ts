import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../../src/model/deployment.js';
import type { Client } from './client.js';
import { BOUNDS } from './operator.js';
import { instancesIn } from './os.js';

const LOOK_MS = 250;
/** An instance may be seen twice while one ends and its successor begins: only what stays is a breach. */
const CONFIRM_MS = 150;

/** Looks again and again: at the processes, and at who holds which app. */
export class Watch {
  readonly breaches = new Set<string>();
  samples = 0;
  private stopped = false;

  constructor(
    private readonly home: string,
    private readonly bounded: ReadonlySet<string>,
    private readonly client: Client,
  ) {
    void this.repeat(() => this.look());
    void this.repeat(() => this.holders().catch(() => undefined));
  }

  stop(): void {
    this.stopped = true;
  }

  private async repeat(look: () => Promise<void>): Promise<void> {
    while (!this.stopped) {
      await look();
      await sleep(LOOK_MS);
    }
  }

  private async look(): Promise<void> {
    this.samples += 1;
    if (this.overMaximum().length === 0) return;
    await sleep(CONFIRM_MS);
    for (const breach of this.overMaximum()) this.breaches.add(breach);
  }

  /** Promise 1, above. */
  private overMaximum(): string[] {
    const counts = new Map<string, number>();
    for (const { app } of instancesIn(this.home)) counts.set(app, (counts.get(app) ?? 0) + 1);
    return [...counts]
      .filter(([app, count]) => this.bounded.has(app) && count > BOUNDS.maxTotal)
      .map(([app, count]) => `${app}: ${count} instances at once, ${BOUNDS.maxTotal} are allowed`);
  }

  /** Promise 2: those that gave way are only ending, those that queue have not begun. */
  private async holders(): Promise<void> {
    const { body } = await this.client.get<{ items: Deployment[] }>(
      '/api/deployments?active=true&limit=1000',
    );
    const holders = new Map<string, string>();
    for (const { id, state, supersededBy, affectedApps } of body.items) {
      if (state === 'queued' || supersededBy !== undefined) continue;
      for (const app of affectedApps) {
        const other = holders.get(app);
        if (other !== undefined) this.breaches.add(`${app} is in two live deployments: ${other} and ${id}`);
        holders.set(app, id);
      }
    }
  }
}
