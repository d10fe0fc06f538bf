import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Strategy } from '../../src/model/app.js';
import type { DeploymentOptions, Gate, GateKind, Step } from '../../src/model/deployment.js';
import { appOf, V1, V2 } from './apps.js';
import { Stage } from './stage.js';
import { until } from './until.js';

/** Marathon's worked case: 6 + 6, then the rest. */
export const WORKED_CASE: Strategy = { type: 'marathon', minimumHealthCapacity: 0.6 };

/** One stage for the tests of a file, each with an app of its own, and what they ask of it again and again. */
export class Releases {
  stage!: Stage;
  app = '';
  private count = 0;

  constructor(private readonly name: string) {
    beforeAll(async () => {
      this.stage = await Stage.open();
    });
    afterAll(() => this.stage.close());
    beforeEach(() => this.reset());
  }

  private reset(): void {
    const { stage } = this;
    this.app = `/${this.name}-${this.count++}`;
    stage.runtime.judge(() => true);
    stage.rollbackError = undefined;
    stage.calendar = () => ({ open: true });
    for (const list of [stage.started, stage.progress, stage.transitions, stage.rollbacks, stage.ends])
      list.length = 0;
    stage.runtime.kills.length = 0;
    stage.runtime.resets.length = 0;
  }

  /** The app's version 2 never gets ready. */
  broken(): void {
    this.stage.runtime.judge((_app, version) => version === V1);
  }

  mended(): void {
    this.stage.runtime.judge(() => true);
  }

  /** An app of `instances` at version 1 that goes to version 2. */
  upgrade(strategy: Strategy = WORKED_CASE, instances = 10, app = this.app): Step[] {
    const definition = { instances, release: { minReadySeconds: 0 } };
    this.stage.work.set(app, {
      original: appOf(app, V1, definition),
      target: appOf(app, V2, definition),
      options: {},
    });
    this.stage.runtime.seed(app, V1, instances);
    const rollout = { instances, from: instances, strategy };
    return [{ actions: [{ action: 'RestartApplication', app, rollout }] }];
  }

  async start(strategy: Strategy, options: DeploymentOptions = {}, instances = 10): Promise<string> {
    return this.stage.deploy(this.upgrade(strategy, instances), options);
  }

  /** Waits until the workflow shows a gate of the kind, and perhaps one that says this. */
  gate(id: string, kind: GateKind, says = ''): Promise<Gate> {
    return until(
      async () => {
        const { gate } = await this.stage.handle(id).query<{ gate?: Gate }>('currentStep');
        return gate?.kind === kind && gate.description.includes(says) ? gate : undefined;
      },
      { what: `gate ${kind} ${says}` },
    );
  }

  /** The outcome, also of what closes as Failed. */
  async end(id: string): Promise<string> {
    await this.stage
      .handle(id)
      .result()
      .catch(() => undefined);
    return this.stage.ends.at(-1)?.outcome ?? 'none';
  }

  /** So many instances of version 2. */
  news(count: number): Promise<unknown> {
    return until(() => this.countOfNew() === count, { what: `${count} new instances` });
  }

  countOfNew(): number {
    return this.stage.runtime.versions(this.app).filter((version) => version === V2).length;
  }

  decided(command: string): string[] {
    return this.stage.transitions
      .flatMap(({ decided = [] }) => decided)
      .filter((entry) => entry.command === command)
      .map(({ by, description }) => `${by}: ${description}`);
  }
}
