import { expect } from 'vitest';
import { bounds } from '../../src/planning/bounds.js';
import { rowAlone } from './support/row.js';

/** [n, minimumHealthCapacity, maximumOverCapacity, healthy old ones, killed at once, most at once] of Marathon's RestartStrategyTest. */
const CASES = [
  [10, 0.1, 1, 10, 9, 20],
  [10, 1, 1, 10, 0, 20],
  [10, 0.1, 0, 1, 0, 10],
  [1, 0.5, 0, 1, 0, 2],
  [2, 0.5, 0, 2, 1, 2],
] as const;

rowAlone(109, 'how many go at once, and how many there may be', async () => {
  for (const [n, minimumHealthCapacity, maximumOverCapacity, healthy, killed, most] of CASES) {
    const strategy = { type: 'marathon', minimumHealthCapacity, maximumOverCapacity } as const;
    const { minReady, maxTotal } = bounds(strategy, n, n);
    expect([Math.max(0, healthy - minReady), maxTotal]).toEqual([killed, most]);
  }
});
