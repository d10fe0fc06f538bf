/** A look at a process. */
export interface Sample {
  /** Seconds since the beginning. */
  at: number;
  megabytes: number;
}

export interface Trend {
  /** Means of the first and of the last third. */
  first: number;
  last: number;
  /** Share by which the last is above the first; below 0 it shrank. */
  growth: number;
}

/** How the memory developed; what came before `warm` seconds is left out. Throws where too little is left. */
export function trendOf(samples: readonly Sample[], warm: number): Trend {
  const counted = samples.filter(({ at }) => at >= warm);
  const third = Math.floor(counted.length / 3);
  if (third === 0) throw new Error(`${counted.length} samples after ${warm} s are too few for a trend`);
  const first = mean(counted.slice(0, third));
  const last = mean(counted.slice(-third));
  return { first, last, growth: last / first - 1 };
}

function mean(samples: readonly Sample[]): number {
  return samples.reduce((sum, { megabytes }) => sum + megabytes, 0) / samples.length;
}
