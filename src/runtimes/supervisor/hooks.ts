import type { Answer } from '../../checks/answer.js';
import { askHook } from '../../checks/ask.js';
import type { Hook } from '../../model/app.js';
import type { Driver } from './driver.js';
import type { Log } from './log.js';
import type { Records } from './records.js';
import type { Tracked } from './tracked.js';

export interface HooksOptions {
  host: string;
  driver: Driver;
  records: Records;
  log: Log;
  now: () => number;
}

/** Where a postStart hook does not say how long it may take: as long as a release waits for progress. */
const LONGEST_POST_START_SECONDS = 600;

/**
 * Carries hooks out, at least once: what the service did not see end, because it was ended itself, is done again by the
 * next one. At most one hook of an instance is in progress.
 */
export class Hooks {
  readonly #inProgress = new Map<string, AbortController>();

  constructor(private readonly options: HooksOptions) {}

  /** Why the postStart hook failed; undefined where it ended well, which is noted, or was given up. */
  async postStart(tracked: Tracked): Promise<string | undefined> {
    const hook = tracked.record.definition.hooks?.postStart;
    if (hook === undefined || tracked.history.postStartedAt !== undefined) return undefined;
    const seconds = hook.timeoutSeconds ?? LONGEST_POST_START_SECONDS;
    const answer = await this.#carryOut(tracked, hook, seconds * 1000);
    if (answer === undefined) return undefined;
    if (!answer.ok) return `its postStart hook failed: ${answer.cause ?? 'no answer'}`;
    tracked.history.postStartedAt = this.#time();
    void this.#save(tracked);
    return undefined;
  }

  /** Ends at the deadline of the kill at the latest. A failure is noted, and delays nothing. */
  async preStop(tracked: Tracked): Promise<void> {
    const { kill } = tracked.history;
    const hook = tracked.record.definition.hooks?.preStop;
    if (hook === undefined || kill === undefined || kill.preStop !== undefined) return;
    const left = Date.parse(kill.deadline) - this.options.now();
    if (left <= 0) return;
    const answer = await this.#carryOut(tracked, hook, left);
    if (answer === undefined || tracked.isEnded) return;
    if (answer.ok) this.#notePreStop(tracked);
    else this.#notePreStop(tracked, `its preStop hook failed: ${answer.cause ?? 'no answer'}`);
  }

  /** The deadline of a kill has come: what is in progress is given up. */
  overrun(tracked: Tracked): void {
    if (!this.#inProgress.has(tracked.id)) return;
    this.#notePreStop(tracked, 'its preStop hook did not end within the grace period');
    this.giveUp(tracked.id);
  }

  giveUp(id: string): void {
    this.#inProgress.get(id)?.abort();
  }

  /** They are carried out anew when the service is back. */
  stop(): void {
    for (const each of this.#inProgress.values()) each.abort();
  }

  /** undefined where it was given up. */
  async #carryOut({ id, record }: Tracked, hook: Hook, timeoutMs: number): Promise<Answer | undefined> {
    const { driver, records, host } = this.options;
    const stopper = new AbortController();
    this.#inProgress.set(id, stopper);
    try {
      const limit = { timeoutMs, signal: stopper.signal };
      const address = { host, ports: record.ports };
      const answer = await askHook(hook, record.definition, address, limit, (command) =>
        driver.command(record, records.dir(id), command, limit),
      );
      return stopper.signal.aborted ? undefined : answer;
    } catch (error) {
      return { ok: false, cause: error instanceof Error ? error.message : String(error) };
    } finally {
      if (this.#inProgress.get(id) === stopper) this.#inProgress.delete(id);
    }
  }

  /** What was noted first stays. */
  #notePreStop(tracked: Tracked, failure?: string): void {
    const { kill } = tracked.history;
    if (kill === undefined || kill.preStop !== undefined) return;
    kill.preStop = { at: this.#time(), ...(failure === undefined ? {} : { failure }) };
    if (failure !== undefined) this.options.log.warn({ instance: tracked.id }, failure);
    void this.#save(tracked);
  }

  #save(tracked: Tracked): Promise<void> {
    return this.options.records.save(tracked.id, () => tracked.history);
  }

  #time(): string {
    return new Date(this.options.now()).toISOString();
  }
}
