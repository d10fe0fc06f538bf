import type { Monitor } from '../../checks/monitor.js';
import type { App, Timestamp } from '../../model/app.js';
import type { Instance, InstanceState } from '../../model/instance.js';
import { clockAt, steady, steadyOf } from '../../os/steady.js';
import type { InstanceHistory, InstanceRecord } from './driver.js';

/** One instance as the supervisor holds it, from the decision to launch until it is not shown any more. */
export class Tracked {
  /** False until its ports are taken: nobody sees it, but it counts. */
  published = false;
  pid?: number;
  monitor?: Monitor;
  /** Fires at the end of minReadySeconds, or of the grace period of a kill. */
  timer?: NodeJS.Timeout;
  /** It was ready before the service was restarted, and no check failed since. */
  #resumed: boolean;
  #begun: number | undefined;
  #passingSince: number | undefined;
  #shown: Instance;

  constructor(
    public record: InstanceRecord,
    readonly history: InstanceHistory,
    /** As it is declared now; the checks may differ from those of the record. */
    public definition: App,
  ) {
    this.#resumed = history.readyAt !== undefined;
    this.#shown = this.#present(false, undefined, record.stagedAt);
  }

  get id(): string {
    return this.record.id;
  }

  get state(): InstanceState {
    const { end, kill } = this.history;
    return (
      end?.state ?? (kill !== undefined ? 'killing' : this.begunAt !== undefined ? 'running' : 'staging')
    );
  }

  /** Since when it runs: its program, or the end of its postStart hook. */
  get begunAt(): Timestamp | undefined {
    const { startedAt, postStartedAt } = this.history;
    return this.record.definition.hooks?.postStart === undefined ? startedAt : postStartedAt;
  }

  get isEnded(): boolean {
    return this.history.end !== undefined;
  }

  /** It was ready before the service was restarted, and its checks have said nothing else since. */
  get isAwaited(): boolean {
    return this.#resumed && this.state === 'running' && !this.#shown.ready;
  }

  /** As last taken by `look`, with the newest results of its checks. */
  get shown(): Instance {
    if (this.monitor === undefined) return { ...this.#shown };
    return { ...this.#shown, healthCheckResults: this.monitor.results() };
  }

  /** Milliseconds since it began to run, however the clock was set meanwhile. */
  age(): number {
    const { begunAt = this.record.stagedAt } = this;
    this.#begun ??= steadyOf(Date.parse(begunAt));
    return steady() - this.#begun;
  }

  /**
   * Looks at it anew, `now` being what the clock shows. `before` is how it was shown, `again` in how many milliseconds it
   * has to be looked at even if nothing happens (the end of minReadySeconds).
   */
  look(now: number, minReadySeconds: number): { before: Instance; changed: boolean; again?: number } {
    const before = this.#shown;
    const moment = steady();
    const due = this.#readyAt(minReadySeconds, moment);
    // A declaration that asks for more seconds takes readiness from nobody: who is not ready is ended first, and uncounted.
    const ready = due !== undefined && (due <= moment || before.ready);
    const same = before.state === this.state && before.ready === ready;
    this.#shown = this.#present(ready, due, same ? before.since : new Date(now).toISOString());
    const changed = summary(before) !== summary(this.#shown);
    return due === undefined || ready ? { before, changed } : { before, changed, again: due - moment };
  }

  /** When it is ready if nothing changes; steady time. */
  #readyAt(minReadySeconds: number, moment: number): number | undefined {
    const startedAt = this.begunAt;
    if (this.state !== 'running' || this.monitor === undefined || startedAt === undefined) return undefined;
    if (this.monitor.healthy() === false) this.#resumed = false;
    if (!this.monitor.passing()) {
      this.#passingSince = undefined;
      return undefined;
    }
    const hasChecks = this.definition.healthChecks.length + this.definition.readinessChecks.length > 0;
    this.#passingSince ??= hasChecks ? moment : moment - this.age();
    return this.#resumed ? this.#passingSince : this.#passingSince + minReadySeconds * 1000;
  }

  #present(ready: boolean, due: number | undefined, since: string): Instance {
    const { record, history, monitor, pid } = this;
    const message = this.#message(ready, due);
    return {
      id: record.id,
      app: record.app,
      version: record.version,
      ...(record.ordinal !== undefined && { ordinal: record.ordinal }),
      state: this.state,
      ready,
      healthy: this.state === 'running' ? (monitor?.healthy() ?? null) : null,
      host: record.host,
      ports: record.ports,
      stagedAt: record.stagedAt,
      since,
      ...(this.begunAt !== undefined && { startedAt: this.begunAt }),
      ...(history.end !== undefined && { endedAt: history.end.at }),
      ...(history.end?.exitStatus !== undefined && { exitStatus: history.end.exitStatus }),
      ...(pid !== undefined && { pid }),
      ...(message !== undefined && { message }),
      healthCheckResults: monitor?.results() ?? [],
      readinessResults: monitor?.readiness() ?? [],
    };
  }

  #message(ready: boolean, due: number | undefined): string | undefined {
    const { end, kill } = this.history;
    if (end !== undefined) return end.message;
    if (kill !== undefined) return `is being ended: ${kill.reason}`;
    if (this.state === 'staging' && this.history.startedAt !== undefined)
      return 'not running: its postStart hook has not ended';
    if (ready || this.state !== 'running') return undefined;
    if (due !== undefined) return `not ready: has to pass until ${clockAt(due)} (minReadySeconds)`;
    return `not ready: ${this.monitor?.cause() ?? 'its checks have not answered yet'}`;
  }
}

/** All that a reader would notice; times of repeated successes are none of it. */
function summary(instance: Instance): string {
  const { healthCheckResults, ...rest } = instance;
  const results = healthCheckResults.map(({ alive, consecutiveFailures, lastFailureCause }) => [
    alive,
    consecutiveFailures,
    lastFailureCause,
  ]);
  return JSON.stringify([rest, results]);
}
