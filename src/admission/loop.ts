import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../os/within.js';
import type { Log } from './log.js';

export interface Loop {
  start(): void;
  /** Runs it now, or once more where it is running. */
  wake(): void;
  /** Waits for the run that is under way, but not for long: what it does may be left off and done again. */
  stop(): Promise<void>;
}

/** What is under way when a loop is stopped gets so long. */
export const STOP_MS = 2_000;

/** Between two runs at least: what is told in the meantime is seen to in one. */
const GAP_MS = 50;

/** Runs `work` again and again, never twice at a time; a failure is logged and the next run tries again. */
export function createLoop(work: () => Promise<void>, intervalMs: number, log: Log): Loop {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let again = false;
  let stopped = true;

  async function run(): Promise<void> {
    clearTimeout(timer);
    do {
      again = false;
      await work().catch((error: unknown) => log.warn({ err: error }, 'a look at the database failed'));
      await sleep(GAP_MS);
    } while (again && !stopped);
    current = undefined;
    if (!stopped) timer = setTimeout(wake, intervalMs);
  }

  function wake(): void {
    if (stopped) return;
    if (current !== undefined) again = true;
    else current = run();
  }

  return {
    start() {
      stopped = false;
      wake();
    },
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await within(STOP_MS, current);
      clearTimeout(timer);
    },
  };
}
