import { type App, runVersion, type Timestamp } from '../../model/app.js';
import type { Waiting } from '../../model/instance.js';
import { clockAt, steady } from '../../os/steady.js';
import type { Capacity } from '../runtime.js';
import type { AppState } from './app-state.js';
import { constraintObstacle } from './constraints.js';
import { diskObstacle } from './disk-room.js';
import type { Driver } from './driver.js';
import type { Fleet } from './fleet.js';
import type { Log } from './log.js';
import type { ReconcileContext } from './member.js';
import type { Ordinals } from './ordinals.js';
import { type Obstacle, resourceObstacle, type Taken, take, taken } from './placement.js';
import type { TargetStore } from './ports.js';
import type { Projector } from './projector.js';
import { type Reconciliation, reconcile } from './reconcile.js';
import { seatCount } from './seats.js';
import type { Tracked } from './tracked.js';

export interface ReconcilerOptions {
  /** Folder of the instances. */
  home: string;
  host: string;
  /** Of the host, for constraints. */
  attributes: Readonly<Record<string, string>>;
  capacity: Omit<Capacity, 'ports'>;
  driver: Driver;
  fleet: Fleet;
  ordinals: Ordinals;
  targets: TargetStore;
  projector: Projector;
  log: Log;
  now: () => number;
  /** Nothing is left of an app. */
  gone: (state: AppState) => void;
}

/** The database is asked again after this to forget an app. */
const RETRY_FORGET_MS = 1000;

/** Decides for one app after another, soon after something changed, and carries the decisions out. */
export class Reconciler {
  readonly #touched = new Set<AppState>();
  #active = false;
  #soon: NodeJS.Immediate | undefined;

  constructor(private readonly options: ReconcilerOptions) {}

  start(states: Iterable<AppState>): void {
    this.#active = true;
    for (const state of states) this.touch(state);
  }

  stop(): void {
    this.#active = false;
  }

  /** Changes of the same moment are one decision. */
  touch(state: AppState): void {
    this.#touched.add(state);
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#decideAll();
    });
  }

  #decideAll(): void {
    const states = [...this.#touched];
    this.#touched.clear();
    for (const state of states) {
      if (this.#active) this.#decide(state);
      for (const listener of state.listeners) listener();
    }
  }

  #decide(state: AppState): void {
    const declaration = state.target?.declaration;
    const delays = new Map([...state.backoffs].map(([version, { until }]) => [version, until]));
    const selection = state.target?.app.killSelection ?? 'YOUNGEST_FIRST';
    const members = state.members();
    if (declaration !== undefined) state.ordinals.settle(seatCount(declaration), members);
    const moment = { now: steady(), delays, selection };
    const decision = reconcile(declaration, members, { ...moment, ...ordinalsOf(state) });
    this.#turn(state, decision);
    for (const id of decision.kill) this.#kill(state, state.tracked.get(id));
    const waiting = [
      ...this.#startAll(state, decision),
      ...delayed(state, decision),
      ...inTurn(state, decision),
    ];
    this.#setWaiting(state, waiting);
    this.#wake(state, decision, moment.now);
    if (declaration?.removed === true && state.alive.length === 0) this.#forget(state);
    if (state.isEmpty) this.options.gone(state);
  }

  #turn(state: AppState, { turned }: Reconciliation): void {
    if (turned === undefined) return;
    const { ordinal, version } = turned;
    void this.options.ordinals.save({ app: state.id, ordinal, state: state.ordinals.turn(ordinal, version) });
  }

  /** Identity and data of an ordinal stay, whatever ends there. */
  #kill(state: AppState, tracked: Tracked | undefined): void {
    if (tracked === undefined) return;
    const reason = reasonFor(state, tracked);
    const decommission = tracked.record.ordinal === undefined;
    void this.options.fleet.kill(state, tracked, { reason, decommission });
  }

  /** Starts what fits; gives what does not. */
  #startAll(state: AppState, decision: Reconciliation): Omit<Waiting, 'since'>[] {
    const waiting: Omit<Waiting, 'since'>[] = [];
    if (decision.start.length === 0) return waiting;
    const inUse = taken(this.options.fleet.alive().map(({ record }) => record.definition));
    for (const { version, count, ordinal } of decision.start) {
      const definition = state.target?.declaration.definitions[version];
      if (definition === undefined) continue;
      for (let started = 0; started < count; started += 1) {
        const obstacle = this.#obstacle(state, version, definition, inUse);
        if (obstacle !== undefined) {
          const { reason, description, missing } = obstacle;
          waiting.push({ app: state.id, version, count: count - started, reason, description, missing });
          break;
        }
        this.options.fleet.launch(state, version, definition, ordinal);
        take(inUse, definition);
      }
    }
    return waiting;
  }

  #obstacle(state: AppState, version: Timestamp, app: App, inUse: Taken): Obstacle | undefined {
    const { driver, home, host, attributes, capacity } = this.options;
    const never = driver.cannotRun(app);
    if (never !== undefined)
      return { reason: 'constraint', description: never, missing: ['UnfulfilledConstraint'] };
    const met = state.obstacles.get(version);
    if (met !== undefined && met.until > steady()) return met;
    const full = diskObstacle(home, steady());
    if (full) state.obstacles.set(version, full);
    if (full) return full;
    const place = { host, attributes, alive: state.alive.length };
    return constraintObstacle(app, place) ?? resourceObstacle(app, inUse, capacity);
  }

  #setWaiting(state: AppState, waiting: Omit<Waiting, 'since'>[]): void {
    const time = new Date(this.options.now()).toISOString();
    const next = waiting.map((one) => state.withSince(one, time));
    if (JSON.stringify(next) === JSON.stringify(state.waiting)) return;
    state.waiting = next;
    this.options.projector.waiting(state.id, next);
  }

  /** At the end of the next back-off, or when a port is tried again. */
  #wake(state: AppState, decision: Reconciliation, decidedAt: number): void {
    clearTimeout(state.timer);
    const times = [...decision.delayed, ...state.obstacles.values()].map(({ until }) => until);
    // As of the decision: what has become due since then was not taken into account, and nobody else would wake for it.
    const next = Math.min(...times.filter((until) => until > decidedAt));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#touchAfter(state, Math.max(0, next - steady()) + 1);
  }

  #touchAfter(state: AppState, ms: number): void {
    clearTimeout(state.timer);
    // Longer than a timer can be: it is looked at in between.
    state.timer = setTimeout(() => this.touch(state), Math.min(ms, 2 ** 31 - 1));
    state.timer.unref();
  }

  /** After its instances: a crash in between finds the declaration and nothing to do. */
  #forget(state: AppState): void {
    const { targets, ordinals, log } = this.options;
    const { target } = state;
    const forget = async () => {
      if (state.target !== target) return;
      await ordinals.forget(state.id);
      await targets.forget(state.id);
      delete state.target;
      state.keepVersions(new Set());
      state.ordinals.clear();
      this.touch(state);
    };
    state.inOrder(forget).catch((error: unknown) => {
      log.warn({ app: state.id, error: String(error) }, 'cannot forget a removed app yet');
      this.#touchAfter(state, RETRY_FORGET_MS);
    });
  }
}

function delayed(state: AppState, decision: Reconciliation): Omit<Waiting, 'since'>[] {
  return decision.delayed.map(({ version, count, until }) => ({
    app: state.id,
    version,
    count,
    reason: 'backoff' as const,
    description: `waits after a failure${state.lastFailure === undefined ? '' : `: ${state.lastFailure.message}`}`,
    missing: [],
    until: clockAt(until),
  }));
}

function inTurn(state: AppState, { queued = [] }: Reconciliation): Omit<Waiting, 'since'>[] {
  return queued.map(({ version, count, reason, behind }) => ({
    app: state.id,
    version,
    count,
    reason,
    description:
      behind === undefined
        ? 'waits until another instance has ended'
        : `waits its turn: ordinal ${behind} is not ready`,
    missing: [],
  }));
}

function ordinalsOf({ target, ordinals }: AppState): Pick<ReconcileContext, 'newest' | 'ordinals'> {
  return target === undefined ? {} : { newest: runVersion(target.app), ordinals: ordinals.known };
}

function reasonFor(state: AppState, { record: { version, ordinal } }: Tracked): string {
  if (state.target === undefined) return 'nothing declares it';
  const { declaration } = state.target;
  if (declaration.removed === true) return 'its app was removed';
  if (ordinal !== undefined) return ordinalReason(ordinal, seatCount(declaration));
  const wanted = declaration.split[version] ?? 0;
  return wanted === 0 ? 'its version is not wanted any more' : `${wanted} of its version are wanted`;
}

function ordinalReason(ordinal: number, wanted: number): string {
  return ordinal < wanted ? 'another version takes its place' : `${wanted} instances are wanted`;
}
