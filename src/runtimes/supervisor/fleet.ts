import type { Answer } from '../../checks/answer.js';
import { askHealth, askReadiness } from '../../checks/ask.js';
import { startMonitor } from '../../checks/monitor.js';
import { failedHealthCheckEvent, unhealthyInstanceKillEvent } from '../../formats/marathon/events.js';
import type { App, Timestamp } from '../../model/app.js';
import { steady, steadyOf } from '../../os/steady.js';
import type { AppState } from './app-state.js';
import type { Driver, Exit, InstanceRecord, Recovered } from './driver.js';
import { instanceId } from './identity.js';
import { changeEvents } from './instance-events.js';
import { endOf, type KillOptions, killOrder, stricter } from './kill-order.js';
import type { Log } from './log.js';
import type { PortPool } from './port-pool.js';
import { wantedPorts } from './ports-of.js';
import type { Projector } from './projector.js';
import type { Records, Stored } from './records.js';
import { Tracked } from './tracked.js';

export interface FleetOptions {
  host: string;
  driver: Driver;
  records: Records;
  ports: PortPool;
  projector: Projector;
  log: Log;
  now: () => number;
  /** Something changed that may call for another decision on the app. */
  touch: (state: AppState) => void;
  /** An instance of the app ended, and what it took is free. */
  ended: (state: AppState) => void;
}

/** A process that SIGKILL does not end at once hangs in the kernel; it is told again. */
const REPEAT_KILL_MS = 1000;
/** A port that somebody else took is tried again after this. */
const RETRY_PORT_MS = 1000;

/** The life of single instances: launch, checks, kill, end, take-over. What should run is decided elsewhere. */
export class Fleet {
  readonly #owners = new Map<string, { state: AppState; tracked: Tracked }>();
  readonly #launching = new Set<Promise<void>>();
  #stopped = false;

  constructor(private readonly options: FleetOptions) {
    options.driver.onExit((id, exit) => {
      const owner = this.#owners.get(id);
      if (owner !== undefined) this.#ended(owner.state, owner.tracked, exit);
    });
  }

  find(id: string): { state: AppState; tracked: Tracked } | undefined {
    return this.#owners.get(id);
  }

  /** All, alive and ended. */
  owners(): { state: AppState; tracked: Tracked }[] {
    return [...this.#owners.values()];
  }

  alive(): Tracked[] {
    return this.owners().flatMap(({ tracked }) => (tracked.isEnded ? [] : [tracked]));
  }

  isAlive(id: string): boolean {
    return this.#owners.get(id)?.tracked.isEnded === false;
  }

  /** Counts at once; the rest follows. */
  launch(state: AppState, version: Timestamp, definition: App): void {
    const identity = state.takeIdentity(version);
    const record: InstanceRecord = {
      id: instanceId(state.id, identity),
      app: state.id,
      version,
      ...identity,
      host: this.options.host,
      ports: [],
      stagedAt: this.#time(),
      definition,
    };
    const tracked = new Tracked(record, {}, definition);
    this.#add(state, tracked);
    const launching = this.#launch(state, tracked).finally(() => this.#launching.delete(launching));
    this.#launching.add(launching);
  }

  /** Told to end; the deadline is on disk before the signal, so that a crash does not forget it. */
  async kill(state: AppState, tracked: Tracked, options: KillOptions): Promise<void> {
    const { history } = tracked;
    if (tracked.isEnded) return;
    const order = killOrder(tracked.definition, options, this.options.now());
    const isNew = history.kill === undefined;
    history.kill = history.kill === undefined ? order : stricter(history.kill, order);
    tracked.monitor?.stop();
    clearTimeout(tracked.timer);
    this.look(state, tracked);
    if (history.startedAt === undefined) return;
    await this.options.records.save(tracked.id, () => history);
    this.#carryOutKill(tracked, isNew);
  }

  /** A declaration may have new checks for instances that run. */
  redefine(state: AppState, tracked: Tracked, definition: App): void {
    const before = checksOf(tracked.definition);
    tracked.definition = definition;
    if (tracked.monitor !== undefined && checksOf(definition) !== before) this.#watchOver(state, tracked);
    this.look(state, tracked);
  }

  /** Brings what is shown up to date and tells everybody who should know. */
  look(state: AppState, tracked: Tracked): void {
    const { projector, records, now } = this.options;
    const { before, changed, again } = tracked.look(now(), state.target?.declaration.minReadySeconds ?? 0);
    if (again !== undefined) this.#lookAgainAfter(state, tracked, again);
    if (!changed || !tracked.published) return;
    const { shown } = tracked;
    if (shown.ready && tracked.history.readyAt === undefined) {
      tracked.history.readyAt = this.#time();
      void records.save(tracked.id, () => tracked.history);
    }
    projector.instance(shown);
    projector.events(changeEvents(before, shown, this.#time()));
    this.options.touch(state);
  }

  /** Takes an instance that had not ended from its folder into the fleet. */
  async adopt(state: AppState, stored: Stored, recovered: Recovered): Promise<void> {
    const tracked = this.#restore(state, stored);
    const startedAt = tracked.history.startedAt ?? stored.record.stagedAt;
    switch (recovered.state) {
      case 'running':
        tracked.history.startedAt = startedAt;
        await this.#takeOver(state, tracked, recovered.pid);
        break;
      case 'exited':
        tracked.history.startedAt = startedAt;
        this.#ended(state, tracked, recovered.exit);
        break;
      case 'neverStarted':
        tracked.history.kill ??= killOrder(
          tracked.definition,
          { reason: 'the service ended' },
          this.options.now(),
        );
        this.#ended(state, tracked, { message: 'it had not been started yet' });
    }
    this.look(state, tracked);
    this.options.projector.instance(tracked.shown);
  }

  /**
   * Takes an ended instance from its folder: shown for a while, and source of the back-off and the last failure,
   * which are not kept anywhere else. `isLatest`: no later incarnation goes on under its identity.
   */
  recall(state: AppState, stored: Stored, isLatest: boolean): void {
    const tracked = this.#restore(state, stored);
    const { end, kill } = stored.history;
    if (kill === undefined)
      state.countFailure(tracked, steadyOf(Date.parse(end?.at ?? stored.record.stagedAt)));
    if (kill === undefined || kill.unhealthy) state.recordFailure(tracked);
    if (isLatest && kill?.decommission !== true) state.giveIdentity(stored.record.version, stored.record);
    this.look(state, tracked);
    this.options.projector.instance(tracked.shown);
  }

  forget(state: AppState, tracked: Tracked): void {
    state.tracked.delete(tracked.id);
    this.#owners.delete(tracked.id);
  }

  /** Nothing is signalled or started any more; what runs goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#launching);
    for (const { tracked } of this.owners()) {
      tracked.monitor?.stop();
      clearTimeout(tracked.timer);
      this.options.ports.release(tracked.isEnded ? [] : tracked.record.ports);
    }
  }

  #add(state: AppState, tracked: Tracked): void {
    state.tracked.set(tracked.id, tracked);
    this.#owners.set(tracked.id, { state, tracked });
  }

  async #launch(state: AppState, tracked: Tracked): Promise<void> {
    const lease = await this.options.ports.take(wantedPorts(tracked.record.definition));
    if ('obstacle' in lease) return this.#drop(state, tracked, lease.obstacle);
    tracked.record = { ...tracked.record, ports: lease.ports };
    if (!this.#isWanted(tracked)) return this.#drop(state, tracked);
    this.#publish(state, tracked);
    try {
      await this.#startInFolder(state, tracked);
    } catch (error) {
      this.#ended(state, tracked, { message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #startInFolder(state: AppState, tracked: Tracked): Promise<void> {
    const { records, driver } = this.options;
    const { record } = tracked;
    await records.create(record);
    const started = await driver.start(record, records.dir(record.id), () => this.#isWanted(tracked));
    if (tracked.isEnded || (started === undefined && this.#stopped)) return;
    if (started === undefined) {
      return this.#ended(state, tracked, { message: 'ended before it was started' });
    }
    if (started.pid !== undefined) tracked.pid = started.pid;
    tracked.history.startedAt = this.#time();
    void records.save(record.id, () => tracked.history);
    if (this.#stopped) return;
    if (tracked.history.kill !== undefined) this.#carryOutKill(tracked, true);
    else this.#watchOver(state, tracked);
    this.look(state, tracked);
  }

  #isWanted(tracked: Tracked): boolean {
    return !this.#stopped && tracked.history.kill === undefined;
  }

  /** It was never seen, so nothing is told. */
  #drop(state: AppState, tracked: Tracked, obstacle?: string): void {
    this.options.ports.release(tracked.record.ports);
    this.forget(state, tracked);
    if (obstacle !== undefined) {
      const until = steady() + RETRY_PORT_MS;
      const known = { reason: 'resources', description: obstacle, missing: ['InsufficientPorts'] } as const;
      state.obstacles.set(tracked.record.version, { ...known, missing: [...known.missing], until });
    }
    this.options.touch(state);
  }

  #publish(state: AppState, tracked: Tracked): void {
    tracked.published = true;
    tracked.look(this.options.now(), 0);
    this.options.projector.instance(tracked.shown);
    this.options.projector.events(changeEvents(undefined, tracked.shown, this.#time()));
    this.options.touch(state);
  }

  #restore(state: AppState, { record, history }: Stored): Tracked {
    const declared = state.target?.declaration.definitions[record.version];
    const tracked = new Tracked(record, history, declared ?? record.definition);
    tracked.published = true;
    this.#add(state, tracked);
    return tracked;
  }

  async #takeOver(state: AppState, tracked: Tracked, pid: number | undefined): Promise<void> {
    const { ports, log } = this.options;
    const lost = await ports.retake(tracked.record.ports);
    if (lost.length > 0) log.warn({ instance: tracked.id, ports: lost }, 'another service holds these ports');
    if (pid !== undefined) tracked.pid = pid;
    if (tracked.history.kill !== undefined) this.#carryOutKill(tracked, true);
    else this.#watchOver(state, tracked);
  }

  #watchOver(state: AppState, tracked: Tracked): void {
    const { driver, records, projector, host, now } = this.options;
    const { record, definition, history } = tracked;
    const address = { host, ports: record.ports };
    const dir = records.dir(record.id);
    const readinessPassed = tracked.monitor?.readiness().every(({ ready }) => ready) ?? false;
    tracked.monitor?.stop();
    tracked.monitor = startMonitor({
      app: definition,
      age: () => tracked.age(),
      wasReady: readinessPassed || history.readyAt !== undefined,
      now,
      askHealth: (check, limit) =>
        askHealth(
          check,
          definition,
          address,
          limit,
          (command): Promise<Answer> => driver.command(record, dir, command, limit),
        ),
      askReadiness: (check, limit) => askReadiness(check, definition, address, limit),
      onChange: () => this.look(state, tracked),
      onFailure: (check) => projector.events([failedHealthCheckEvent(tracked.shown, check, this.#time())]),
      onExceeded: (reason) => {
        projector.events([unhealthyInstanceKillEvent(tracked.shown, reason, this.#time())]);
        void this.kill(state, tracked, { reason, unhealthy: true });
      },
    });
  }

  #carryOutKill(tracked: Tracked, terminate: boolean): void {
    const { kill } = tracked.history;
    if (kill === undefined || tracked.isEnded || this.#stopped) return;
    if (terminate) this.options.driver.signal(tracked.id, 'SIGTERM');
    this.#killAfter(tracked, Date.parse(kill.deadline) - this.options.now());
  }

  #killAfter(tracked: Tracked, ms: number): void {
    clearTimeout(tracked.timer);
    tracked.timer = setTimeout(
      () => {
        this.options.driver.signal(tracked.id, 'SIGKILL');
        this.#killAfter(tracked, REPEAT_KILL_MS);
      },
      Math.max(0, ms),
    );
    tracked.timer.unref();
  }

  #lookAgainAfter(state: AppState, tracked: Tracked, ms: number): void {
    clearTimeout(tracked.timer);
    tracked.timer = setTimeout(() => this.look(state, tracked), Math.max(1, ms));
    tracked.timer.unref();
  }

  #ended(state: AppState, tracked: Tracked, exit: Exit): void {
    const { history, record } = tracked;
    if (tracked.isEnded) return;
    clearTimeout(tracked.timer);
    tracked.monitor?.stop();
    history.end = endOf(history.kill, exit, this.#time());
    if (this.#stopped) return;
    this.options.ports.release(record.ports);
    this.#account(state, tracked);
    void this.options.records.save(record.id, () => history);
    this.options.log.info({ instance: record.id, ...history.end }, 'an instance ended');
    this.look(state, tracked);
    this.options.touch(state);
    this.options.ended(state);
  }

  /** What an end means for what comes next: back-off, last failure, and under which identity. */
  #account(state: AppState, tracked: Tracked): void {
    const { kill } = tracked.history;
    if (kill === undefined) state.countFailure(tracked, steady());
    if (kill === undefined || kill.unhealthy) {
      const failure = state.recordFailure(tracked);
      if (failure !== undefined) this.options.projector.failure(failure);
    }
    if (kill?.decommission !== true) state.giveIdentity(tracked.record.version, tracked.record);
  }

  #time(): Timestamp {
    return new Date(this.options.now()).toISOString();
  }
}

function checksOf(app: App): string {
  return JSON.stringify([
    app.healthChecks,
    app.readinessChecks,
    app.portDefinitions,
    app.container?.portMappings,
  ]);
}
