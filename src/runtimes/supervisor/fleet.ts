import type { Answer } from '../../checks/answer.js';
import { askHealth, askReadiness } from '../../checks/ask.js';
import { startMonitor } from '../../checks/monitor.js';
import { failedHealthCheckEvent, unhealthyInstanceKillEvent } from '../../formats/marathon/events.js';
import type { App, Timestamp } from '../../model/app.js';
import { steady, steadyOf } from '../../os/steady.js';
import type { AppState } from './app-state.js';
import type { Driver, Exit, InstanceRecord, Recovered } from './driver.js';
import { Hooks } from './hooks.js';
import { instanceId } from './identity.js';
import { changeEvents } from './instance-events.js';
import { endOf, isFailure, type KillOptions, killOrder, stricter } from './kill-order.js';
import { KillRunner } from './kill-runner.js';
import type { Log } from './log.js';
import type { SupervisorObserver } from './observer.js';
import type { Ordinals } from './ordinals.js';
import type { PortPool } from './port-pool.js';
import { wantedPorts } from './ports-of.js';
import type { Projector } from './projector.js';
import type { Records, Stored } from './records.js';
import { foldersOf, keepOrdinal, passOn } from './succession.js';
import { Tracked } from './tracked.js';

export interface FleetOptions {
  host: string;
  driver: Driver;
  records: Records;
  ordinals: Ordinals;
  ports: PortPool;
  projector: Projector;
  log: Log;
  observer: SupervisorObserver;
  now: () => number;
  /** Something changed that may call for another decision on the app. */
  touch: (state: AppState) => void;
  /** An instance of the app ended, and what it took is free. */
  ended: (state: AppState) => void;
}

/** A port that somebody else took is tried again after this. */
const RETRY_PORT_MS = 1000;

/** The life of single instances: launch, checks, kill, end, take-over. What should run is decided elsewhere. */
export class Fleet {
  readonly #owners = new Map<string, { state: AppState; tracked: Tracked }>();
  /** Some may have ended since they were looked at. */
  readonly #alive = new Set<Tracked>();
  readonly #launching = new Set<Promise<void>>();
  readonly #hooks: Hooks;
  readonly #kills: KillRunner;
  #stopped = false;

  constructor(private readonly options: FleetOptions) {
    this.#hooks = new Hooks(options);
    this.#kills = new KillRunner({ ...options, hooks: this.#hooks });
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
    for (const tracked of this.#alive) if (tracked.isEnded) this.#alive.delete(tracked);
    return [...this.#alive];
  }

  isAlive(id: string): boolean {
    return this.#owners.get(id)?.tracked.isEnded === false;
  }

  /** Counts at once; the rest follows. `ordinal`: of a stateful app. */
  launch(state: AppState, version: Timestamp, definition: App, ordinal?: number): void {
    const identity = ordinal === undefined ? state.takeIdentity(version) : state.ordinals.nextOf(ordinal);
    const record: InstanceRecord = {
      id: instanceId(state.id, identity),
      app: state.id,
      version,
      ...identity,
      ...(ordinal !== undefined && { ordinal }),
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
    if (isNew) this.options.observer.killed?.(tracked.record, order);
    tracked.monitor?.stop();
    // Told again, its preStop hook may be in progress.
    if (isNew) this.#hooks.giveUp(tracked.id);
    clearTimeout(tracked.timer);
    this.look(state, tracked);
    if (history.startedAt === undefined) return;
    await this.options.records.save(tracked.id, () => history);
    this.#kills.run(tracked, isNew);
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
    const { projector, records, observer, now } = this.options;
    const { before, changed, again } = tracked.look(now(), state.target?.declaration.minReadySeconds ?? 0);
    if (again !== undefined) this.#lookAgainAfter(state, tracked, again);
    if (!changed || !tracked.published) return;
    const { shown } = tracked;
    if (shown.ready && tracked.history.readyAt === undefined) {
      tracked.history.readyAt = this.#time();
      observer.ready?.(tracked.record, now() - Date.parse(tracked.record.stagedAt));
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
    if (isFailure(kill)) state.countFailure(tracked, steadyOf(Date.parse(end?.at ?? stored.record.stagedAt)));
    if (isFailure(kill) || kill?.unhealthy) state.recordFailure(tracked);
    if (isLatest) passOn(this.options.ordinals, state, tracked);
    this.look(state, tracked);
    this.options.projector.instance(tracked.shown);
  }

  forget(state: AppState, tracked: Tracked): void {
    state.tracked.delete(tracked.id);
    this.#owners.delete(tracked.id);
    this.#alive.delete(tracked);
  }

  /** Nothing is signalled or started any more; what runs goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#kills.stop();
    this.#hooks.stop();
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
    this.#alive.add(tracked);
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
    const { records, ordinals, driver } = this.options;
    const { record } = tracked;
    await keepOrdinal(ordinals, state, record);
    await records.create(record);
    const started = await driver.start(record, foldersOf(record, records, ordinals), () =>
      this.#isWanted(tracked),
    );
    if (tracked.isEnded || (started === undefined && this.#stopped)) return;
    if (started === undefined) {
      return this.#ended(state, tracked, { message: 'ended before it was started' });
    }
    if (started.pid !== undefined) tracked.pid = started.pid;
    tracked.history.startedAt = this.#time();
    void records.save(record.id, () => tracked.history);
    if (this.#stopped) return;
    this.#goOn(state, tracked);
    this.look(state, tracked);
  }

  /** An instance that has a process, from wherever it was left. */
  #goOn(state: AppState, tracked: Tracked): void {
    if (tracked.history.kill !== undefined) this.#kills.run(tracked, true);
    else if (tracked.begunAt === undefined) void this.#begin(state, tracked);
    else this.#watchOver(state, tracked);
  }

  /** It runs, and its checks begin, when its postStart hook has ended well. */
  async #begin(state: AppState, tracked: Tracked): Promise<void> {
    const failure = await this.#hooks.postStart(tracked);
    if (tracked.isEnded || !this.#isWanted(tracked)) return;
    if (failure !== undefined) return this.kill(state, tracked, { reason: failure, failed: true });
    this.#watchOver(state, tracked);
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
    state.ordinals.occupy(tracked.record);
    this.options.observer.launched?.(tracked.record);
    tracked.look(this.options.now(), 0);
    this.options.projector.instance(tracked.shown);
    this.options.projector.events(changeEvents(undefined, tracked.shown, this.#time()));
    this.options.touch(state);
  }

  #restore(state: AppState, { record, history }: Stored): Tracked {
    const declared = state.target?.declaration.definitions[record.version];
    const tracked = new Tracked(record, history, declared ?? record.definition);
    tracked.published = true;
    state.ordinals.occupy(record);
    this.#add(state, tracked);
    return tracked;
  }

  async #takeOver(state: AppState, tracked: Tracked, pid: number | undefined): Promise<void> {
    const { ports, log } = this.options;
    const lost = await ports.retake(tracked.record.ports);
    if (lost.length > 0) log.warn({ instance: tracked.id, ports: lost }, 'another service holds these ports');
    if (pid !== undefined) tracked.pid = pid;
    this.#goOn(state, tracked);
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
        this.#timed(check, () =>
          askHealth(
            check,
            definition,
            address,
            limit,
            (command): Promise<Answer> => driver.command(record, dir, command, limit),
          ),
        ),
      askReadiness: (check, limit) =>
        this.#timed(check, () => askReadiness(check, definition, address, limit)),
      onChange: () => this.look(state, tracked),
      onFailure: (check) => projector.events([failedHealthCheckEvent(tracked.shown, check, this.#time())]),
      onExceeded: (reason) => {
        projector.events([unhealthyInstanceKillEvent(tracked.shown, reason, this.#time())]);
        void this.kill(state, tracked, { reason, unhealthy: true });
      },
    });
  }

  async #timed({ protocol }: { protocol: string }, ask: () => Promise<Answer>): Promise<Answer> {
    const began = steady();
    const answer = await ask();
    this.options.observer.checked?.(protocol, answer.ok, steady() - began);
    return answer;
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
    this.#hooks.giveUp(tracked.id);
    history.end = endOf(history.kill, exit, this.#time());
    if (this.#stopped) return;
    this.options.ports.release(record.ports);
    this.#account(state, tracked);
    void this.options.records.save(record.id, () => history);
    this.options.observer.ended?.(record, history.end);
    this.look(state, tracked);
    this.options.touch(state);
    this.options.ended(state);
  }

  /** What an end means for what comes next: back-off, last failure, and under which identity. */
  #account(state: AppState, tracked: Tracked): void {
    const { kill } = tracked.history;
    if (isFailure(kill)) {
      const { delay } = state.countFailure(tracked, steady());
      this.options.observer.backedOff?.(tracked.record, delay);
    }
    if (isFailure(kill) || kill?.unhealthy) {
      const failure = state.recordFailure(tracked);
      if (failure !== undefined) this.options.projector.failure(failure);
    }
    passOn(this.options.ordinals, state, tracked);
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
