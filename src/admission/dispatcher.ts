import { RetryableError } from '../errors.js';
import { within } from '../os/within.js';
import { CHANNEL, type Store } from '../store/store.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import { claim, confirm, pending, type Superseded, superseded } from './dispatch-rows.js';
import type { Log } from './log.js';
import { createLoop, STOP_MS } from './loop.js';

export interface DispatcherDeps {
  store: Store;
  workflows: DeploymentWorkflows;
  log: Log;
  /** Between two looks for what was left behind; notifications bring it forward. */
  intervalMs: number;
}

export interface Dispatcher {
  /** Starts the workflow of a deployment that was just accepted; returns at once. */
  dispatch(id: string): void;
  start(): Promise<void>;
  /** Waits for what is under way, but not for long. */
  stop(): Promise<void>;
}

/**
 * Starts the workflow of every accepted deployment, once those that it waits for have ended, and tells the superseded
 * ones to end. All of it is derived from the database again and again: nothing is lost while Temporal is away.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const work = new Work(deps);
  const loop = createLoop(() => work.look(), deps.intervalMs, deps.log);
  let unlisten: (() => Promise<void>) | undefined;
  return {
    dispatch: (id) => work.add(id),
    async start() {
      unlisten = await deps.store.listen(CHANNEL.deployments, () => loop.wake());
      loop.start();
    },
    async stop() {
      await unlisten?.();
      await loop.stop();
      await within(STOP_MS, work.idle());
    },
  };
}

/** Workflows that are being started at the same time. */
const AT_ONCE = 16;

/** Deployments on their way to Temporal, each at most once and only so many at a time. */
class Work {
  private readonly queue: string[] = [];
  private readonly known = new Set<string>();
  private readonly running = new Set<Promise<void>>();
  /** Superseded deployments that took the message, with the one that they give way to. */
  private readonly told = new Map<string, string>();
  private away = false;

  constructor(private readonly deps: DispatcherDeps) {}

  add(id: string): void {
    if (this.known.has(id)) return;
    this.known.add(id);
    this.queue.push(id);
    this.fill();
  }

  /** What was left behind. While Temporal is away one is enough to find out that it is back. */
  async look(): Promise<void> {
    await this.endSuperseded(await superseded(this.deps.store));
    const waiting = await pending(this.deps.store);
    for (const id of this.away ? waiting.slice(0, 1) : waiting) this.add(id);
  }

  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private fill(): void {
    while (this.running.size < AT_ONCE) {
      const id = this.queue.shift();
      if (id === undefined) return;
      const run: Promise<void> = this.begin(id).finally(() => {
        this.known.delete(id);
        this.running.delete(run);
        this.fill();
      });
      this.running.add(run);
    }
  }

  private async begin(id: string): Promise<void> {
    const { store, workflows } = this.deps;
    await this.reach(id, async () => {
      const claimed = await claim(store, id);
      if (claimed === undefined) return;
      const { input, trace } = claimed;
      await workflows.start(input, trace);
      const { by, calendar } = await confirm(store, id);
      if (calendar && !input.calendar) await workflows.calendarChanged([id]);
      if (by !== undefined) await workflows.supersede(id, by);
      await this.back();
    });
  }

  /** One that was tried but not confirmed is started, so that there is somebody to tell; `begin` tells it then. */
  private async endSuperseded(all: Superseded[]): Promise<void> {
    const open = new Set(all.map(({ id }) => id));
    for (const id of this.told.keys()) if (!open.has(id)) this.told.delete(id);
    for (const { id, by, dispatched } of all) {
      if (!dispatched) this.add(id);
      else if (this.told.get(id) !== by) await this.tell(id, by);
    }
  }

  private async tell(id: string, by: string): Promise<void> {
    await this.reach(id, async () => {
      await this.deps.workflows.supersede(id, by);
      this.told.set(id, by);
    });
  }

  /** Temporal answers again: the rest that waited for it goes, too. */
  private async back(): Promise<void> {
    if (!this.away) return;
    this.away = false;
    for (const id of await pending(this.deps.store)) this.add(id);
  }

  /** Whatever goes wrong is tried again at the next look. */
  private async reach(id: string, call: () => Promise<void>): Promise<void> {
    const { log } = this.deps;
    try {
      await call();
    } catch (error) {
      if (!(error instanceof RetryableError)) {
        log.error(
          { err: error, deployment: id },
          'a deployment could not be handed to Temporal; it is tried again',
        );
      } else if (!this.away) {
        this.away = true;
        log.warn({ deployment: id, away: error.away }, error.message);
      }
    }
  }
}
