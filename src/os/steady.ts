/** Milliseconds that pass whatever becomes of the clock, from a beginning of their own: for all that lasts a while. */
export function steady(): number {
  return performance.now();
}

/** When a moment was that the clock told of, in milliseconds since 1970; one that is still to come counts as now. */
export function steadyOf(clock: number): number {
  return steady() - Math.max(0, Date.now() - clock);
}

/** What the clock will show then, as it goes now. */
export function clockAt(moment: number): string {
  return new Date(Date.now() + moment - steady()).toISOString();
}
