/** First pause in ms while an instance has not passed yet: a port that refuses costs next to nothing. */
const FIRST_PAUSE = 30;
/** A command costs a process each time. */
const FIRST_COMMAND_PAUSE = 250;
const GROWTH = 1.25;
/** Spreads checks that began together. */
const JITTER = 0.1;

/**
 * Pause in ms before the next run. An instance that never passed is asked soon and then ever more seldom, up to
 * its interval: readiness is noticed within a quarter of the time that it took. `runs` are those done so far;
 * `random` is 0…1.
 */
export function nextPause(
  check: { intervalSeconds: number; protocol: string },
  runs: number,
  passed: boolean,
  random: number,
): number {
  const interval = check.intervalSeconds * 1000;
  if (passed) return interval * (1 - JITTER * random);
  const first = check.protocol === 'COMMAND' ? FIRST_COMMAND_PAUSE : FIRST_PAUSE;
  return Math.min(interval, first * GROWTH ** Math.min(runs - 1, 60));
}
