import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RetryableError } from '../errors.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Opens what may be away now, again and again until it answers; each failure is a line in the log.
 * Everything but a RetryableError is thrown, and so is the reason of the signal.
 */
export async function patiently<T>(
  open: () => Promise<T>,
  { log, signal }: { log: Pick<Logger, 'warn'>; signal: AbortSignal },
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      const text = `${error.message}; it is tried again every few seconds until it answers`;
      log.warn({ away: error.away, err: error.cause, retryMs: pause }, text);
    }
    await sleep(pause, undefined, { signal });
  }
}
