import { amount, up } from './amounts.js';

/** Sizes of N batches of n instances: they differ by one at most, the larger first (api.md rule 1). No batch is empty. */
function equalSizes(count: number, n: number): number[] {
  const batches = Math.max(1, Math.min(count, n));
  const small = Math.floor(n / batches);
  const larger = n - small * batches;
  return Array.from({ length: batches }, (_, index) => small + (index < larger ? 1 : 0));
}

/**
 * Sizes of the batches of a strategy `batches`; they add up to n. Percentages are of n and rounded up; "rest" is what
 * is left, and comes last also where it is not stated. What is more than is left is cut, empty batches are dropped.
 */
export function batchSizes(batches: number | (number | string)[], n: number): number[] {
  if (typeof batches === 'number') return equalSizes(batches, n);
  const sizes: number[] = [];
  let left = n;
  for (const stated of [...batches, 'rest']) {
    const size = Math.min(left, stated === 'rest' ? left : amount(stated, n, up));
    if (size > 0) sizes.push(size);
    left -= Math.max(0, size);
  }
  return sizes;
}
