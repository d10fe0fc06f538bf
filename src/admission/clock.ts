import type { Timestamp } from '../model/app.js';

/** Milliseconds since 1970, as `Date.now`. */
export type Clock = () => number;

export function timestamp(milliseconds: number): Timestamp {
  return new Date(milliseconds).toISOString();
}

/** Name of the version that follows `last`: the present time, or a millisecond later where the clock has not moved on. */
export function nextVersion(clock: Clock, last: Timestamp): Timestamp {
  return timestamp(Math.max(clock(), Date.parse(last) + 1));
}
