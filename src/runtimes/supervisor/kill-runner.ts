import type { Driver } from './driver.js';
import type { Hooks } from './hooks.js';
import type { Tracked } from './tracked.js';

export interface KillRunnerOptions {
  driver: Driver;
  hooks: Hooks;
  now: () => number;
}

/** A process that SIGKILL does not end at once hangs in the kernel; it is told again. */
const REPEAT_KILL_MS = 1000;

/** Carries kill orders out: the preStop hook, SIGTERM, and at the deadline, which waits for neither, SIGKILL. */
export class KillRunner {
  #stopped = false;

  constructor(private readonly options: KillRunnerOptions) {}

  /** `terminate`: it has not been told to end yet, or was by a service before this one. */
  run(tracked: Tracked, terminate: boolean): void {
    const { kill } = tracked.history;
    if (kill === undefined || tracked.isEnded || this.#stopped) return;
    if (terminate) void this.#terminate(tracked);
    this.#killAfter(tracked, Date.parse(kill.deadline) - this.options.now());
  }

  /** Nothing is signalled any more. */
  stop(): void {
    this.#stopped = true;
  }

  async #terminate(tracked: Tracked): Promise<void> {
    await this.options.hooks.preStop(tracked);
    if (!tracked.isEnded && !this.#stopped) this.options.driver.signal(tracked.id, 'SIGTERM');
  }

  #killAfter(tracked: Tracked, ms: number): void {
    clearTimeout(tracked.timer);
    tracked.timer = setTimeout(
      () => {
        this.options.hooks.overrun(tracked);
        this.options.driver.signal(tracked.id, 'SIGKILL');
        this.#killAfter(tracked, REPEAT_KILL_MS);
      },
      Math.max(0, ms),
    );
    tracked.timer.unref();
  }
}
