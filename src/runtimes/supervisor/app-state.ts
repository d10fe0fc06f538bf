import type { PathId, Timestamp } from '../../model/app.js';
import type { Failure, Observation, Waiting } from '../../model/instance.js';
import { type Backoff, delayAfterFailure } from './backoff.js';
import { type Identity, newIdentity, nextIncarnation } from './identity.js';
import { OrdinalMemory } from './ordinal-memory.js';
import type { Obstacle } from './placement.js';
import type { Target } from './ports.js';
import type { Member } from './reconcile.js';
import type { Tracked } from './tracked.js';

/** All that the supervisor knows of one app. Times in ms. */
export class AppState {
  target?: Target;
  readonly tracked = new Map<string, Tracked>();
  readonly backoffs = new Map<Timestamp, Backoff>();
  /** Met while launching; tried again after `until`, steady time. */
  readonly obstacles = new Map<Timestamp, Obstacle & { until: number }>();
  readonly listeners = new Set<() => void>();
  readonly ordinals = new OrdinalMemory();
  waiting: Waiting[] = [];
  lastFailure?: Failure;
  timer?: NodeJS.Timeout;
  /** Identities of instances that ended and are to be replaced. */
  readonly #identities = new Map<Timestamp, Identity[]>();
  #writes: Promise<unknown> = Promise.resolve();

  constructor(readonly id: PathId) {}

  get alive(): Tracked[] {
    return [...this.tracked.values()].filter((tracked) => !tracked.isEnded);
  }

  get ended(): Tracked[] {
    return [...this.tracked.values()].filter((tracked) => tracked.isEnded);
  }

  /** Whether there is nothing left to know. */
  get isEmpty(): boolean {
    return this.target === undefined && this.tracked.size === 0 && this.listeners.size === 0;
  }

  members(): Member[] {
    return this.alive.map(({ id, record, shown, history, isAwaited }) => ({
      id,
      version: record.version,
      killing: history.kill !== undefined,
      keepsPlace: history.kill?.decommission === false,
      ready: shown.ready && history.kill === undefined,
      stagedAt: Date.parse(record.stagedAt),
      ...(record.ordinal !== undefined && { ordinal: record.ordinal, awaited: isAwaited }),
    }));
  }

  observation(): Observation {
    const instances = [...this.tracked.values()]
      .filter(({ published }) => published)
      .map(({ shown }) => shown);
    const { lastFailure, target } = this;
    return {
      instances,
      waiting: this.waiting,
      ...(lastFailure !== undefined && { lastFailure }),
      ...(target !== undefined && { declared: target.declaration.split }),
    };
  }

  /** Writes about the app's target go one after another. */
  inOrder<T>(write: () => Promise<T>): Promise<T> {
    const mine = this.#writes.then(write);
    this.#writes = mine.catch(() => undefined);
    return mine;
  }

  takeIdentity(version: Timestamp): Identity {
    return this.#identities.get(version)?.pop() ?? newIdentity();
  }

  /** The next launch of the version goes on under this identity. */
  giveIdentity(version: Timestamp, identity: Identity): void {
    const free = this.#identities.get(version) ?? [];
    this.#identities.set(version, [...free, nextIncarnation(identity)]);
  }

  /** An instance ended that was not told to, in steady time; gives the delay that follows from it. */
  countFailure(tracked: Tracked, at: number): Backoff {
    const { version } = tracked.record;
    const backoff = delayAfterFailure(this.backoffs.get(version), tracked.definition, at);
    this.backoffs.set(version, backoff);
    return backoff;
  }

  recordFailure(tracked: Tracked): Failure | undefined {
    const { record, history } = tracked;
    if (history.end === undefined) return undefined;
    const { state, at, message } = history.end;
    const { id: instance, app, host, version } = record;
    this.lastFailure = { app, instance, host, message, state, at, version };
    return this.lastFailure;
  }

  /** Forgets what belongs to versions that nobody declares any more. */
  keepVersions(versions: ReadonlySet<Timestamp>): void {
    for (const map of [this.backoffs, this.obstacles, this.#identities]) {
      for (const version of map.keys()) if (!versions.has(version)) map.delete(version);
    }
  }

  /** Waiting since when: what waited before for the same reason goes on waiting. */
  withSince(waiting: Omit<Waiting, 'since'>, now: string): Waiting {
    const before = this.waiting.find(
      (one) => one.version === waiting.version && one.reason === waiting.reason,
    );
    return { ...waiting, since: before?.since ?? now };
  }
}
