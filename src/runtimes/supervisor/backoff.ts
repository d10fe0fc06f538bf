import type { App } from '../../model/app.js';

/** Delay of the next launch of one run version of one app (Marathon 1.11 RateLimiter). Milliseconds of steady time. */
export interface Backoff {
  delay: number;
  until: number;
  lastFailure: number;
}

/**
 * After an instance ended by itself: backoffSeconds at first, then times backoffFactor, never beyond
 * maxLaunchDelaySeconds; from the start again when the last failure is longer ago than maxLaunchDelaySeconds.
 */
export function delayAfterFailure(
  before: Backoff | undefined,
  app: Pick<App, 'backoffSeconds' | 'backoffFactor' | 'maxLaunchDelaySeconds'>,
  now: number,
): Backoff {
  const longest = app.maxLaunchDelaySeconds * 1000;
  const isFirst = before === undefined || now > before.lastFailure + longest;
  const delay = Math.min(longest, isFirst ? app.backoffSeconds * 1000 : before.delay * app.backoffFactor);
  return { delay, until: now + delay, lastFailure: now };
}
