import { RELEASE_DEFAULTS } from '../src/model/deployment.js';
import { type Instance, isAlive, type Observation } from '../src/model/instance.js';
import { steady, steadyOf } from '../src/os/steady.js';
import type { BatchRef } from './types.js';

/** What the next attempt has to know when a worker dies; travels in heartbeats. */
export interface Memory {
  /** When it was written; milliseconds since 1970. */
  seen: number;
  /** Since the last progress; milliseconds. */
  idle?: number;
  failed: string[];
}

/** So many ids are kept: beyond that the budget is long used up. */
const FAILED_KEPT = 200;

/**
 * Judges how a batch does. An instance that ended before it was ready has failed; so has one that is not ready at the
 * deadline, which counts from the last progress: a new instance that got ready, or an old one that ended.
 */
export class ProgressWatch {
  private readonly wasReady = new Set<string>();
  private readonly failed: Set<string>;
  /** From when on the end of an instance is a failure of this batch. */
  private readonly since: number;
  private readonly moments = new Map<string, number>();
  private progressAt: number;
  private accepted = 0;

  constructor(
    private readonly ref: Pick<BatchRef, 'budget' | 'options' | 'acceptUnready'>,
    private readonly version: string,
    memory?: Memory,
  ) {
    this.since = memory ? steadyOf(memory.seen) : steady();
    this.progressAt = this.since - (memory?.idle ?? 0);
    this.failed = new Set(memory?.failed ?? []);
  }

  /** True where unready instances were taken as failed ones that the budget allows. */
  get goesOnWithout(): boolean {
    return this.accepted > 0;
  }

  get failures(): number {
    return this.failed.size + this.accepted;
  }

  memory(): Memory {
    const idle = steady() - this.progressAt;
    return { seen: Date.now(), idle, failed: [...this.failed].slice(0, FAILED_KEPT) };
  }

  /** Takes an observation; returns the ids of failed instances and why, where the batch must hold. */
  look(observation: Observation, waitsFor: string): { failed: string[]; why: string } | undefined {
    for (const instance of observation.instances) this.note(instance, observation);
    if (this.failures > this.ref.budget && this.failed.size > 0)
      return { failed: [...this.failed].slice(0, FAILED_KEPT), why: this.whyFailed(observation) };
    return this.deadline(observation, steady(), waitsFor);
  }

  private note(instance: Instance, observation: Observation): void {
    const isNew = instance.version === this.version;
    if (isNew && instance.ready) {
      this.wasReady.add(instance.id);
      this.progressed(instance.since);
    } else if (!isNew && instance.endedAt) this.progressed(instance.endedAt);
    else if (isNew && this.hasFailed(instance, observation)) this.failed.add(instance.id);
  }

  private progressed(at: string): void {
    this.progressAt = Math.max(this.progressAt, this.momentOf(at));
  }

  /** Of what the clock told of. Asked once, soon after: the clock may be set afterwards. */
  private momentOf(at: string): number {
    const known = this.moments.get(at) ?? steadyOf(Date.parse(at));
    this.moments.set(at, known);
    return known;
  }

  private hasFailed(instance: Instance, { lastFailure }: Observation): boolean {
    const { id, state, endedAt } = instance;
    if (endedAt === undefined || this.wasReady.has(id)) return false;
    if (this.momentOf(endedAt) < this.since) return false;
    return state === 'failed' || state === 'finished' || lastFailure?.instance === id;
  }

  private whyFailed({ instances }: Observation): string {
    const last = instances.filter(({ id }) => this.failed.has(id)).at(-1);
    const how = last
      ? `${last.id} ended before it was ready (${last.message ?? last.state})`
      : 'instances ended';
    return `${how}; ${this.failures} failed, ${this.ref.budget} more may (failureBudget)`;
  }

  private deadline(observation: Observation, now: number, waitsFor: string) {
    const seconds = this.seconds();
    if (now - this.progressAt < seconds * 1000) return undefined;
    const unready = observation.instances.filter(
      (i) => i.version === this.version && isAlive(i.state) && !i.ready,
    );
    const missing = observation.waiting.reduce((sum, { count }) => sum + count, 0);
    const late = unready.length + missing;
    if (
      this.accepted === 0 &&
      !this.ref.acceptUnready &&
      late > 0 &&
      this.failures + late <= this.ref.budget
    ) {
      this.accepted = late;
      this.progressAt = now;
      return undefined;
    }
    return { failed: unready.map(({ id }) => id), why: `no progress for ${seconds} s: ${waitsFor}` };
  }

  /** An instance that has to be up longer than the deadline could never be in time: that time comes on top. */
  private seconds(): number {
    const { progressDeadlineSeconds = RELEASE_DEFAULTS.progressDeadlineSeconds, minReadySeconds = 0 } =
      this.ref.options;
    return minReadySeconds < progressDeadlineSeconds
      ? progressDeadlineSeconds
      : progressDeadlineSeconds + minReadySeconds;
  }
}
