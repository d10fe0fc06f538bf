import type { PathId } from '../../model/app.js';
import type { Failure, Instance, Waiting } from '../../model/instance.js';
import { Backlog } from './backlog.js';
import type { Log } from './log.js';
import type { EventRecord, Projection, ProjectionBatch } from './ports.js';

/** Changes within this time are one write. */
const COLLECT_MS = 10;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;
/** Events kept while the database is away; beyond it the oldest go, as for a slow reader of the stream. */
const KEPT_EVENTS = 50_000;

interface Pending {
  instances: Map<string, Instance>;
  removed: Set<string>;
  waiting: Map<PathId, Waiting[]>;
  failures: Map<PathId, Failure>;
  events: EventRecord[];
}

/**
 * Writes what changed to the database behind the supervisor's back: collected, one write at a time, repeated
 * until it succeeds with the newest state of everything. The supervisor never waits for it.
 */
export class Projector {
  #pending = nothing();
  #writing = false;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #waiters: (() => void)[] = [];
  #stopped = false;
  readonly #backlog = new Backlog();

  constructor(
    private readonly projection: Projection,
    private readonly log: Log,
  ) {}

  instance(instance: Instance): void {
    this.#pending.removed.delete(instance.id);
    this.#pending.instances.set(instance.id, instance);
    this.#schedule(COLLECT_MS);
  }

  remove(id: string): void {
    this.#pending.instances.delete(id);
    this.#pending.removed.add(id);
    this.#schedule(COLLECT_MS);
  }

  waiting(app: PathId, waiting: Waiting[]): void {
    this.#pending.waiting.set(app, waiting);
    this.#schedule(COLLECT_MS);
  }

  failure(failure: Failure): void {
    this.#pending.failures.set(failure.app, failure);
    this.#schedule(COLLECT_MS);
  }

  events(events: EventRecord[]): void {
    if (events.length === 0) return;
    this.#pending.events.push(...events);
    this.#schedule(COLLECT_MS);
  }

  /** What the database has not got yet. */
  backlog(): { unwritten: number; unwrittenSeconds: number } {
    return this.#backlog.figures(sizeOf(this.#pending), Date.now());
  }

  /** Resolves when everything before the call was written, however long that takes. */
  flush(): Promise<void> {
    if (!this.#writing && isEmpty(this.#pending)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      if (this.#retryMs === FIRST_RETRY_MS) this.#schedule(0);
    });
  }

  /** One last attempt; what the database does not take then is written from the folders after the next start. */
  async stop(): Promise<void> {
    const lastWrite = this.flush();
    await Promise.race([lastWrite, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    if (!isEmpty(this.#pending)) this.#backlog.added(Date.now());
    if (this.#stopped || this.#writing) return;
    if (this.#timer !== undefined) {
      if (ms > 0) return;
      clearTimeout(this.#timer);
    }
    this.#timer = setTimeout(() => void this.#write(), ms);
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    if (isEmpty(this.#pending)) return;
    const taken = this.#pending;
    const waiters = this.#waiters;
    this.#backlog.taken(sizeOf(taken));
    [this.#pending, this.#waiters, this.#writing] = [nothing(), [], true];
    let pause = 0;
    try {
      await this.projection.write(batchOf(taken));
      this.#backlog.written();
      this.#retryMs = FIRST_RETRY_MS;
      for (const waiter of waiters) waiter();
    } catch (error) {
      pause = this.#retryMs;
      this.#giveBack(taken, waiters, error);
      this.#backlog.givenBack();
    }
    this.#writing = false;
    if (!isEmpty(this.#pending)) this.#schedule(pause === 0 ? this.#nextPause() : pause);
    else for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** Somebody waits: at once. */
  #nextPause(): number {
    return this.#waiters.length > 0 ? 0 : COLLECT_MS;
  }

  #giveBack(taken: Pending, waiters: (() => void)[], error: unknown): void {
    this.log.warn(
      { error: String(error), retryMs: this.#retryMs },
      'cannot write instances to the database yet',
    );
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.#waiters.unshift(...waiters);
    const newer = this.#pending;
    const instances = new Map([...taken.instances, ...newer.instances]);
    for (const id of newer.removed) instances.delete(id);
    this.#pending = {
      instances,
      removed: new Set([...taken.removed, ...newer.removed]),
      waiting: new Map([...taken.waiting, ...newer.waiting]),
      failures: new Map([...taken.failures, ...newer.failures]),
      events: [...taken.events, ...newer.events].slice(-KEPT_EVENTS),
    };
  }
}

function nothing(): Pending {
  return { instances: new Map(), removed: new Set(), waiting: new Map(), failures: new Map(), events: [] };
}

function isEmpty(pending: Pending): boolean {
  return sizeOf(pending) === 0;
}

function sizeOf({ instances, removed, waiting, failures, events }: Pending): number {
  return instances.size + removed.size + waiting.size + failures.size + events.length;
}

function batchOf(pending: Pending): ProjectionBatch {
  return {
    instances: [...pending.instances.values()],
    removed: [...pending.removed],
    waiting: [...pending.waiting].map(([app, waiting]) => ({ app, waiting })),
    failures: [...pending.failures.values()],
    events: pending.events,
  };
}
