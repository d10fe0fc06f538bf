import { createHash } from 'node:crypto';
import type net from 'node:net';
import { RetryableError, TerminalError } from '../../errors.js';
import type { App, PathId } from '../../model/app.js';
import type { InstanceState, Observation } from '../../model/instance.js';
import type { Capacity, Declaration, Fence } from '../runtime.js';
import { AppState } from './app-state.js';
import type { Driver } from './driver.js';
import { Fleet } from './fleet.js';
import type { Log } from './log.js';
import { endLost } from './lost.js';
import { MemoryGuard } from './memory-guard.js';
import { holdName } from './names.js';
import type { SupervisorFigures, SupervisorObserver } from './observer.js';
import { Ordinals } from './ordinals.js';
import { taken } from './placement.js';
import { PortPool } from './port-pool.js';
import type { Projection, Target, TargetStore } from './ports.js';
import { Projector } from './projector.js';
import { Reconciler } from './reconciler.js';
import { latestOfEach, Records, type Stored } from './records.js';
import { DEFAULT_RETENTION, type Retention, retired } from './retention.js';
import type { Tracked } from './tracked.js';

export interface SupervisorOptions {
  /** Folder of this environment on this host; absolute. */
  home: string;
  /** Under which instances are reached. */
  host: string;
  /** Of the host, for constraints; none by default. */
  attributes?: Readonly<Record<string, string>>;
  portRange: readonly [first: number, last: number];
  capacity: Omit<Capacity, 'ports'>;
  driver: Driver;
  targets: TargetStore;
  projection: Projection;
  log: Log;
  observer?: SupervisorObserver;
  retention?: Retention;
  /** Milliseconds. */
  clock?: () => number;
}

const RETIRE_EVERY_MS = 10_000;
/** What an instance left behind is looked for this long after its end, together with that of others. */
const SWEEP_AFTER_MS = 500;
const LOOK_FOR_ENDS_MS = 20;

/**
 * Keeps the declared instances running on one host, with or without a deployment. Declarations come from the
 * target store, the truth about instances from their folders; the database only mirrors them.
 */
export class Supervisor {
  readonly #records: Records;
  readonly #ordinals: Ordinals;
  readonly #ports: PortPool;
  readonly #projector: Projector;
  readonly #fleet: Fleet;
  readonly #reconciler: Reconciler;
  readonly #memoryGuard: MemoryGuard;
  readonly #apps = new Map<PathId, AppState>();
  readonly #now: () => number;
  readonly #stopper = new AbortController();
  #lock: net.Server | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SupervisorOptions) {
    const {
      home,
      host,
      driver,
      log,
      projection,
      targets,
      capacity,
      attributes = {},
      observer = {},
    } = options;
    const now = options.clock ?? Date.now;
    const records = new Records(home, log);
    const ordinals = new Ordinals(home, log);
    const ports = new PortPool(options.portRange);
    const projector = new Projector(projection, log);
    const touch = (state: AppState) => this.#reconciler.touch(state);
    const ended = (state: AppState) => this.#ended(state);
    const gone = (state: AppState) => this.#apps.delete(state.id);
    const files = { records, ordinals };
    const shared = { host, driver, ports, projector, log, observer, now };
    const fleet = new Fleet({ ...shared, ...files, touch, ended });
    this.#reconciler = new Reconciler({
      home,
      host,
      attributes,
      capacity,
      driver,
      fleet,
      ordinals,
      targets,
      projector,
      log,
      now,
      gone,
    });
    this.#memoryGuard = new MemoryGuard({ driver, fleet, log });
    this.#now = now;
    this.#records = records;
    this.#ordinals = ordinals;
    this.#ports = ports;
    this.#projector = projector;
    this.#fleet = fleet;
  }

  /**
   * Takes over what runs, and begins to reconcile. Throws RetryableError or the store's error where the folder
   * or the targets cannot be read: nothing was touched then, and it can be called again.
   */
  async start(): Promise<void> {
    await this.#takeHome();
    try {
      const targets = await this.options.targets.load();
      const stored = await this.#records.load();
      for (const target of targets) this.#state(target.app.id).target = target;
      for (const { app, ordinal, state } of await this.#ordinals.load())
        this.#apps.get(app)?.ordinals.recall(ordinal, state);
      await this.#takeOver(stored);
    } catch (error) {
      this.#lock?.close();
      throw error;
    }
    this.#reconciler.start(this.#apps.values());
    this.#memoryGuard.start();
    void endLost({
      ...this.options,
      projector: this.#projector,
      fleet: this.#fleet,
      signal: this.#stopper.signal,
    });
    const retiring = setInterval(() => this.#retireAll(), RETIRE_EVERY_MS).unref();
    this.#stopper.signal.addEventListener('abort', () => clearInterval(retiring));
    this.#sweepSoon();
  }

  /** Leaves the instances running. */
  async stop(): Promise<void> {
    this.#stopper.abort();
    clearTimeout(this.#sweepTimer);
    this.#reconciler.stop();
    this.#memoryGuard.stop();
    for (const state of this.#apps.values()) clearTimeout(state.timer);
    await this.#fleet.stop();
    this.options.driver.stop();
    await this.#records.settle();
    await this.#ordinals.settle();
    await this.#projector.stop();
    this.#lock?.close();
  }

  /** Ends every instance and launches no more; declarations stay, the next start goes on with them. */
  async stopInstances(): Promise<void> {
    this.#reconciler.stop();
    while (this.#fleet.alive().length > 0) {
      const reason = 'the environment is taken down';
      for (const { state, tracked } of this.#fleet.owners())
        void this.#fleet.kill(state, tracked, { reason });
      await new Promise((resolve) => setTimeout(resolve, LOOK_FOR_ENDS_MS));
    }
    await this.#sweep();
    await this.#projector.flush();
  }

  async apply(app: App, declaration: Declaration, fence: Fence): Promise<void> {
    const state = this.#state(app.id);
    await state.inOrder(async () => {
      const target = { app, declaration };
      await this.options.targets.save(target, fence);
      this.#declare(state, target);
    });
  }

  observe(app: PathId): Observation {
    return this.#apps.get(app)?.observation() ?? { instances: [], waiting: [] };
  }

  watch(app: PathId, listener: () => void): () => void {
    const state = this.#state(app);
    const own = () => listener();
    state.listeners.add(own);
    return () => {
      state.listeners.delete(own);
      this.#reconciler.touch(state);
    };
  }

  flush(): Promise<void> {
    return this.#projector.flush();
  }

  /** Ids that are not alive are passed over: they have ended already. */
  async kill(ids: string[], options: { graceSeconds?: number; wipe?: boolean } = {}): Promise<void> {
    const { graceSeconds, wipe = false } = options;
    const reason = wipe ? 'killed and wiped on request' : 'killed on request';
    const found = ids.map((id) => this.#fleet.find(id)).filter((owner) => owner !== undefined);
    await Promise.all(
      found.map(({ state, tracked }) =>
        this.#fleet.kill(state, tracked, { reason, graceSeconds, decommission: wipe }),
      ),
    );
  }

  resetDelay(app: PathId): void {
    const state = this.#apps.get(app);
    if (state === undefined) return;
    state.backoffs.clear();
    this.#reconciler.touch(state);
  }

  capacity(): { total: Capacity; taken: Capacity } {
    const inUse = taken(this.#fleet.alive().map(({ record }) => record.definition));
    return {
      total: { ...this.options.capacity, ports: this.#ports.size },
      taken: { ...inUse, ports: this.#ports.taken },
    };
  }

  figures(): SupervisorFigures {
    const alive = this.#fleet.alive();
    const count = (state: InstanceState) => alive.filter((tracked) => tracked.state === state).length;
    return {
      staging: count('staging'),
      running: count('running'),
      killing: count('killing'),
      ready: alive.filter(({ shown }) => shown.ready).length,
      waiting: waitingByReason([...this.#apps.values()]),
      ...this.#projector.backlog(),
    };
  }

  /** An instance that is still shown, alive or ended. */
  instance(id: string): Tracked | undefined {
    return this.#fleet.find(id)?.tracked;
  }

  /** Folder of an instance. */
  dir(id: string): string {
    return this.#records.dir(id);
  }

  /** Instances that have a process. */
  alive(): Tracked[] {
    return this.#fleet.alive();
  }

  /** Two supervisors on one folder would start everything twice. */
  async #takeHome(): Promise<void> {
    const { home } = this.options;
    this.#lock = await holdName(`home-${createHash('sha256').update(home).digest('hex').slice(0, 32)}`);
    if (this.#lock === undefined) {
      throw new TerminalError(
        'not_applicable',
        `Another slipway supervises ${home}; stop it, or use another folder.`,
      );
    }
    try {
      await this.#records.open();
    } catch (error) {
      this.#lock.close();
      const why = error instanceof Error ? error.message : String(error);
      throw new RetryableError(
        home,
        `Cannot keep instances in ${home}: ${why}. It must be a folder that can be written.`,
      );
    }
  }

  async #takeOver(stored: Stored[]): Promise<void> {
    const open = stored.filter(({ history }) => history.end === undefined);
    const folders = open.map(({ record }) => ({ record, dir: this.dir(record.id) }));
    const recovered = await this.options.driver.recover(folders);
    const latest = latestOfEach(stored);
    const byEnd = [...stored].sort((a, b) =>
      (a.history.end?.at ?? '~').localeCompare(b.history.end?.at ?? '~'),
    );
    for (const one of byEnd) {
      const state = this.#state(one.record.app);
      const found = recovered.get(one.record.id);
      if (found !== undefined) await this.#fleet.adopt(state, one, found);
      else this.#fleet.recall(state, one, latest.has(one));
    }
  }

  #declare(state: AppState, target: Target): void {
    state.target = target;
    state.keepVersions(new Set(Object.keys(target.declaration.definitions)));
    for (const tracked of state.alive) {
      const definition = target.declaration.definitions[tracked.record.version] ?? tracked.definition;
      this.#fleet.redefine(state, tracked, definition);
    }
    this.#reconciler.touch(state);
  }

  #state(app: PathId): AppState {
    const known = this.#apps.get(app);
    if (known !== undefined) return known;
    const state = new AppState(app);
    this.#apps.set(app, state);
    return state;
  }

  /** What an instance took may be what another waits for; those that wait longest come first. */
  #ended(state: AppState): void {
    const isWaiting = (one: AppState) =>
      one.waiting.some(({ reason }) => reason === 'resources' || reason === 'constraint');
    const since = (one: AppState) => one.waiting[0]?.since ?? '';
    const waiting = [...this.#apps.values()].filter(isWaiting);
    waiting.sort((a, b) => since(a).localeCompare(since(b)));
    for (const one of waiting) this.#reconciler.touch(one);
    this.#retire(state);
    this.#sweepSoon();
  }

  #retireAll(): void {
    for (const state of this.#apps.values()) this.#retire(state);
  }

  #retire(state: AppState): void {
    const gone = retired(state.ended, this.options.retention ?? DEFAULT_RETENTION, this.#now());
    for (const tracked of gone) void this.#remove(state, tracked);
    if (gone.length > 0) this.#reconciler.touch(state);
  }

  /** The folder goes last: after a crash it is found and removed again, from the database too. */
  async #remove(state: AppState, tracked: Tracked): Promise<void> {
    this.#fleet.forget(state, tracked);
    this.#projector.remove(tracked.id);
    await this.#projector.flush();
    await this.#records.remove(tracked.id);
  }

  #sweepSoon(): void {
    if (this.#stopper.signal.aborted) return;
    this.#sweepTimer ??= setTimeout(() => {
      this.#sweepTimer = undefined;
      void this.#sweep();
    }, SWEEP_AFTER_MS).unref();
  }

  #sweep(): Promise<void> {
    return this.options.driver.sweep((id) => this.#fleet.isAlive(id));
  }
}

function waitingByReason(states: readonly AppState[]): SupervisorFigures['waiting'] {
  const counts: SupervisorFigures['waiting'] = new Map();
  for (const { reason, count } of states.flatMap(({ waiting }) => waiting))
    counts.set(reason, (counts.get(reason) ?? 0) + count);
  return counts;
}
