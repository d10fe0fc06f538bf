import type { App, Timestamp } from '../../src/model/app.js';
import { nextSplit } from '../../src/planning/rolling.js';
import type { Batches, BatchGoal, Decision } from '../../src/planning/types.js';
import type { Declaration } from '../../src/runtimes/runtime.js';
import type { InstanceRecord } from '../../src/runtimes/supervisor/driver.js';
import { OrdinalMemory } from '../../src/runtimes/supervisor/ordinal-memory.js';
import { type Member, reconcile } from '../../src/runtimes/supervisor/reconcile.js';
import { seatCount } from '../../src/runtimes/supervisor/seats.js';
import { appOf } from '../helpers/apps.js';
import { OLD, TARGET } from './world.js';

/** An instance of a stateful app, and what the test knows of it. */
export interface Actor extends Member {
  ordinal: number;
  /** We told it to end. */
  ended?: true;
}

/**
 * A stateful app with the real engine and the real reconciler, and a runtime that does what the test says: instances get
 * ready, die and end when it is told to. Checks each of their decisions, and keeps what is wrong in words.
 */
export class Theatre {
  actors: Actor[] = [];
  readonly memory = new OrdinalMemory();
  readonly violations: string[] = [];
  /** Starts and ends by our action, in their order: "+2", "-2". */
  readonly moves: string[] = [];
  /** Old versions never get ready again. */
  oldIsGone = false;
  /** Versions in back-off; the clock stands at 0. */
  readonly delays = new Map<Timestamp, number>();
  declaration: Declaration;
  peak = 0;
  /** Places of the target that wait for lower ones. */
  empty = 0;
  #ids = 0;

  constructor(
    readonly batches: Batches,
    seats: { version: Timestamp; ready: boolean; there: boolean }[],
  ) {
    const split: Record<Timestamp, number> = {};
    for (const [ordinal, { version, ready, there }] of seats.entries()) {
      split[version] = (split[version] ?? 0) + 1;
      this.#enter(ordinal, version, ready);
      if (!there) this.actors.pop();
    }
    const { bounds } = batches;
    const definitions = Object.fromEntries([...OLD, TARGET].map((version) => [version, definition(version)]));
    this.declaration = { definitions, split, bounds, minReadySeconds: 0 };
    this.peak = seats.length;
  }

  get wanted(): number {
    return seatCount(this.declaration);
  }

  versionOf(ordinal: number): Timestamp | undefined {
    return this.actors.find((actor) => actor.ordinal === ordinal)?.version;
  }

  /** As an activity does it: the engine's next split is declared. */
  release(goal: BatchGoal, acceptUnready = false): Decision {
    const seen = this.actors.map(({ version, ready, killing, ordinal }) => ({
      version,
      ready,
      ending: killing || ordinal >= this.batches.instances,
    }));
    const { split: declared } = this.declaration;
    const { batches, empty } = this;
    const decision = nextSplit({ batches, goal, target: TARGET, seen, declared, acceptUnready, empty });
    if (decision.kind === 'split')
      this.declaration = { ...this.declaration, split: decision.split, bounds: this.batches.bounds };
    return decision;
  }

  /** As the supervisor does it; true where something was done. */
  supervise(): boolean {
    this.memory.settle(this.wanted, this.actors);
    const {
      start,
      kill,
      turned,
      queued = [],
    } = reconcile(this.declaration, this.actors, {
      now: 0,
      delays: this.delays,
      selection: 'YOUNGEST_FIRST',
      newest: TARGET,
      ordinals: this.memory.known,
    });
    this.empty = queued
      .filter(({ reason, version }) => reason === 'order' && version === TARGET)
      .reduce((sum, { count }) => sum + count, 0);
    if (turned) this.memory.turn(turned.ordinal, turned.version);
    for (const id of kill) this.#end(id);
    for (const { ordinal = -1, version } of start) this.#start(ordinal, version);
    this.#look();
    return start.length + kill.length > 0 || turned !== undefined;
  }

  endingEnd(): void {
    this.actors = this.actors.filter(({ killing }) => !killing);
  }

  startedGetReady(): void {
    for (const actor of this.actors) if (!actor.killing) this.ready(actor);
  }

  ready(actor: Actor): void {
    actor.awaited = false;
    actor.ready = actor.version === TARGET || !this.oldIsGone;
  }

  die(actor: Actor): void {
    this.actors.splice(this.actors.indexOf(actor), 1);
  }

  /** The service is killed and started again: instances go on, and nothing is known of their health for a moment. */
  restart(): void {
    for (const actor of this.actors) {
      actor.awaited = actor.ready || actor.awaited === true;
      actor.ready = false;
    }
  }

  /** Goes on to the goal on a runtime that does all it is told; false where that does not lead there. */
  settle(goal: BatchGoal, limit = 400): boolean {
    this.delays.clear();
    for (let turn = 0; turn < limit; turn += 1) {
      const decision = this.release(goal);
      this.#superviseAll();
      if (decision.kind === 'done') return true;
      if (this.actors.some(({ killing }) => killing)) this.endingEnd();
      else this.startedGetReady();
      this.#superviseAll();
    }
    return false;
  }

  /** Until there is nothing left to do for now, which is soon. */
  #superviseAll(limit = 50): void {
    for (let turn = 0; this.supervise(); turn += 1)
      if (turn === limit) throw new Error(`it goes on and on: ${this.moves.slice(-9).join(' ')}`);
  }

  #start(ordinal: number, version: Timestamp): void {
    const lower = this.actors.filter((actor) => actor.ordinal < ordinal && actor.ready).length;
    const known = this.memory.known.get(ordinal);
    if (lower < ordinal && known?.version === undefined)
      this.violations.push(`${ordinal} starts behind an unready one`);
    if (known?.version !== undefined && known.version !== version)
      this.violations.push(`${ordinal} starts as ${version}, where ${known.version} belongs`);
    this.moves.push(`+${ordinal}`);
    this.#enter(ordinal, version, false);
  }

  #end(id: string): void {
    const actor = this.actors.find((one) => one.id === id);
    if (!actor) throw new Error(`${id} is not there`);
    const { ordinal, ready } = actor;
    const isSurplus = ordinal >= this.wanted;
    if (this.actors.some(({ killing }) => killing)) this.violations.push(`${ordinal} ends beside another`);
    if (isSurplus && this.actors.some((one) => one.ordinal > ordinal))
      this.violations.push(`${ordinal} ends before a higher one`);
    if (ready && !isSurplus) this.#checkTurn(ordinal);
    this.moves.push(`-${ordinal}`);
    Object.assign(actor, { killing: true, keepsPlace: true, ready: false, ended: true });
    const left = this.actors.filter((one) => one.ready).length;
    if (ready && left < this.batches.bounds.minReady) this.violations.push(`${left} are ready`);
  }

  /** A ready one is replaced only while all others are ready, and the highest of the old ones is. */
  #checkTurn(ordinal: number): void {
    const others = this.actors.filter((one) => one.ordinal !== ordinal && one.ordinal < this.wanted);
    if (others.length < this.wanted - 1 || others.some(({ ready }) => !ready))
      this.violations.push(`${ordinal} is taken away while another is`);
    if (others.some((one) => one.ordinal > ordinal && one.version !== TARGET))
      this.violations.push(`${ordinal} is replaced before a higher one`);
  }

  #enter(ordinal: number, version: Timestamp, ready: boolean): void {
    const identity = this.memory.nextOf(ordinal);
    this.memory.occupy({ ordinal, version, ...identity } as InstanceRecord);
    const id = `${ordinal}.${this.#ids++}`;
    this.actors.push({ id, ordinal, version, ready, killing: false, keepsPlace: false, stagedAt: this.#ids });
  }

  #look(): void {
    this.peak = Math.max(this.peak, this.actors.length);
    const ordinals = this.actors.map(({ ordinal }) => ordinal);
    if (new Set(ordinals).size < ordinals.length) this.violations.push(`ordinals ${ordinals.join()}`);
    const away = [...this.memory.known].filter(
      ([ordinal, { turned }]) =>
        turned && ordinal < this.wanted && !this.actors.some((one) => one.ordinal === ordinal && one.ready),
    );
    if (away.length > 1) this.violations.push(`${away.map(([ordinal]) => ordinal).join()} are away`);
  }
}

function definition(version: Timestamp): App {
  return appOf('/store', version, { stateful: true });
}
