import { invalidAt } from '../errors.js';

/** Products of doubles are off by far less than this, and no count of instances is that fine. */
const PRECISION = 1e9;

/** Without the artefacts of double arithmetic: 25 · 1.16 is 29, not 28.999999999999996. */
export function exact(value: number): number {
  return Math.round(value * PRECISION) / PRECISION;
}

/** The next whole number above; `7.000000000000001` is 7. */
export function up(value: number): number {
  return Math.ceil(exact(value));
}

/** The next whole number below; `28.999999999999996` is 29. */
export function down(value: number): number {
  return Math.floor(exact(value));
}

/**
 * A count that is stated as a number or as a share of `n` ("25%"), rounded as told (Kubernetes, intstr).
 * @throws TerminalError `invalid` for any other text
 */
export function amount(value: number | string, n: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(value)?.[1];
  if (percent === undefined) {
    throw invalidAt('/strategy', `'${value}' is neither a number nor a percentage such as "25%"`);
  }
  return round((Number(percent) * n) / 100);
}
