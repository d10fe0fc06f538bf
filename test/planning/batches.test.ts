import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../src/model/app.js';
import { planBatches } from '../../src/planning/batches.js';
import { counts, strategies } from './arbitraries.js';

function goals(strategy: Strategy, instances: number, from = instances): [number, number][] {
  return planBatches({ instances, from, strategy }).goals.map((goal) => [goal.new, goal.old]);
}

function sizes(strategy: Strategy, instances: number): number[] {
  return goals(strategy, instances).map(([reached], index, all) => reached - (all[index - 1]?.[0] ?? 0));
}

function marathon(minimumHealthCapacity: number, maximumOverCapacity?: number): Strategy {
  const rest = maximumOverCapacity === undefined ? {} : { maximumOverCapacity };
  return { type: 'marathon', minimumHealthCapacity, ...rest };
}

describe('batches of Marathon', () => {
  it('are two phases where maximumOverCapacity is not stated', () => {
    expect(goals(marathon(0.6), 10)).toEqual([
      [6, 6],
      [10, 0],
    ]);
    expect(goals(marathon(0.8), 20)).toEqual([
      [16, 16],
      [20, 0],
    ]);
    expect(goals(marathon(1), 4)).toEqual([[4, 0]]);
    expect(goals(marathon(0), 4)).toEqual([[4, 0]]);
  });

  it.each<[number, number, number, number[]]>([
    [4, 1, 1, [4]],
    [4, 0.5, 1, [4]],
    [4, 0.5, 0, [2, 2]],
    [4, 1, 0, [1, 1, 1, 1]],
    [4, 0.75, 0.25, [2, 2]],
    [10, 1, 0.2, [2, 2, 2, 2, 2]],
    [10, 0.8, 0, [2, 2, 2, 2, 2]],
    [10, 0.8, 0.2, [4, 4, 2]],
    [3, 0.7, 0.3, [1, 1, 1]],
    [3, 1, 0.7, [2, 1]],
  ])('are waves where it is: n %d, %d, %d', (n, healthy, over, expected) => {
    expect(sizes(marathon(healthy, over), n)).toEqual(expected);
  });

  it('come one by one for a thousand', () => {
    expect(goals(marathon(1, 0), 1000)).toHaveLength(1000);
  });
});

describe('batches of a rolling update', () => {
  it('are waves, as Kubernetes rolls', () => {
    expect(sizes({ type: 'rolling', maxSurge: '25%', maxUnavailable: '25%' }, 20)).toEqual([10, 10]);
    expect(sizes({ type: 'rolling', maxSurge: 0, maxUnavailable: 0 }, 3)).toEqual([1, 1, 1]);
  });

  it('are cycles of maxSurge new ones where somebody waits between them', () => {
    const manual = { type: 'rolling', maxSurge: 3, maxUnavailable: 1, manual: true } as const;
    expect(sizes(manual, 10)).toEqual([3, 3, 3, 1]);
    expect(sizes({ ...manual, maxSurge: 0, maxUnavailable: 4 }, 10)).toEqual([4, 4, 2]);
  });

  it('have the stated order where the bounds leave room for it', () => {
    const order = (surge: number, unavailable: number, stated: 'CreateFirst' | 'DeleteFirst') =>
      planBatches({
        instances: 4,
        from: 4,
        strategy: { type: 'rolling', maxSurge: surge, maxUnavailable: unavailable, order: stated },
      }).order;
    expect(order(1, 0, 'CreateFirst')).toBe('CreateFirst');
    expect(order(0, 1, 'CreateFirst')).toBe('Both');
    expect(order(0, 1, 'DeleteFirst')).toBe('DeleteFirst');
    expect(order(1, 0, 'DeleteFirst')).toBe('Both');
  });
});

describe('batches by number or size', () => {
  it.each<[number | (number | string)[], number, number[]]>([
    [2, 4, [2, 2]],
    [3, 10, [4, 3, 3]],
    [4, 10, [3, 3, 2, 2]],
    [20, 3, [1, 1, 1]],
    [['10%', 5, 'rest'], 20, [2, 5, 13]],
    [['10%', 5], 20, [2, 5, 13]],
    [['1%'], 20, [1, 19]],
    [[5, 10, 3], 8, [5, 3]],
    [['rest', 2], 8, [8]],
    [[0, '0%', 4], 8, [4, 4]],
  ])('%j of %d', (batches, n, expected) => {
    expect(sizes({ type: 'batches', batches }, n)).toEqual(expected);
  });

  it('differ by one at most, the larger first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 500 }), (count, n) => {
        const found = sizes({ type: 'batches', batches: count }, n);
        expect(found).toHaveLength(Math.min(count, n));
        expect(found.reduce((sum, size) => sum + size)).toBe(n);
        expect((found[0] ?? 0) - (found.at(-1) ?? 0)).toBeLessThanOrEqual(1);
        expect([...found].sort((a, b) => b - a)).toEqual(found);
      }),
    );
  });
});

describe('batches of canary, blue/green and recreate', () => {
  it('are one a step of a canary, counted in all, then the rest', () => {
    const steps = [{ instances: 1 }, { percent: 25 }, { percent: 50 }];
    expect(goals({ type: 'canary', steps }, 10)).toEqual([
      [1, 9],
      [3, 7],
      [5, 5],
      [10, 0],
    ]);
    expect(goals({ type: 'canary', steps: [{ percent: 100 }] }, 4)).toEqual([[4, 0]]);
    expect(goals({ type: 'canary', steps: [{ instances: 3 }, { instances: 2 }] }, 4)).toEqual([
      [3, 1],
      [3, 1],
      [4, 0],
    ]);
  });

  it('are all new ones beside the old, then the end of the old', () => {
    expect(goals({ type: 'blueGreen' }, 4, 3)).toEqual([
      [4, 3],
      [4, 0],
    ]);
  });

  it('are one where all is recreated', () => {
    expect(planBatches({ instances: 4, from: 4, strategy: { type: 'recreate' } })).toMatchObject({
      goals: [{ new: 4, old: 0 }],
      order: 'DeleteFirst',
    });
  });
});

describe('any batches', () => {
  it('rise to the wanted count, within bounds that leave room to move', () => {
    fc.assert(
      fc.property(strategies, counts, counts, (strategy, instances, from) => {
        const { goals: found, bounds, instances: wanted } = planBatches({ instances, from, strategy });
        expect(found.at(-1)).toEqual({ new: instances, old: 0 });
        expect(wanted).toBe(instances);
        for (const [index, goal] of found.entries()) {
          expect(goal.new).toBeGreaterThanOrEqual(found[index - 1]?.new ?? 0);
          expect(goal.new + goal.old).toBeGreaterThanOrEqual(bounds.minReady);
          expect(goal.new + goal.old).toBeLessThanOrEqual(bounds.maxTotal);
        }
        if (instances > 0) expect(bounds.minReady).toBeLessThan(bounds.maxTotal);
      }),
      { numRuns: 1500 },
    );
  });
});
