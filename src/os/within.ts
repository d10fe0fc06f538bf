import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for the work, but no longer than that: what hangs is left off. Rejects as the work does. */
export async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([work, late]).finally(() => over.abort());
}
