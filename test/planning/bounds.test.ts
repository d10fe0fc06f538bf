import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../src/model/app.js';
import { bounds } from '../../src/planning/bounds.js';
import { effectiveStrategy } from '../../src/planning/plan.js';
import { app } from '../model/fixtures.js';

function marathon(minimumHealthCapacity: number, maximumOverCapacity?: number): Strategy {
  const rest = maximumOverCapacity === undefined ? {} : { maximumOverCapacity };
  return { type: 'marathon', minimumHealthCapacity, ...rest };
}

function rolling(maxSurge: number | string, maxUnavailable: number | string): Strategy {
  return { type: 'rolling', maxSurge, maxUnavailable };
}

describe('bounds of Marathon 1.11', () => {
  it.each([
    // n, minimumHealthCapacity, maximumOverCapacity, from, minimum ready, maximum in all
    [4, 1, 1, 4, 4, 8],
    [4, 0.5, 1, 4, 2, 8],
    [4, 0.5, 0, 4, 2, 4],
    [4, 0, 0, 4, 0, 4],
    [4, 1, 0, 4, 4, 5],
    [4, 0.75, 0.25, 4, 3, 5],
    [10, 1, 0.2, 10, 10, 12],
    [10, 0.8, 0, 10, 8, 10],
    [10, 0.8, 0.2, 10, 8, 12],
    [3, 0.7, 0.3, 3, 3, 4],
    [3, 0.5, 1, 3, 2, 6],
    [3, 0.5, 0, 3, 2, 3],
    [3, 1, 0.7, 3, 3, 5],
    [1, 1, 0, 1, 1, 2],
    [1, 0.5, 0, 1, 1, 2],
    [2, 0.5, 0, 2, 1, 2],
    [20, 0.8, 1, 20, 16, 40],
    [5, 1, 1, 10, 5, 10],
    [10, 1, 1, 5, 10, 20],
  ])(
    'n %d, healthy %d, over %d, from %d: %d ready, %d in all',
    (n, healthy, over, from, minReady, maxTotal) => {
      expect(bounds(marathon(healthy, over), n, from)).toEqual({ minReady, maxTotal });
    },
  );

  it.each([
    // RestartStrategyTest: n, minimumHealthCapacity, maximumOverCapacity, running → killed at once, maximum in all
    [10, 0.1, 1, 10, 9, 20],
    [10, 1, 1, 10, 0, 20],
    [10, 0.1, 0, 1, 0, 10],
    [1, 0.5, 0, 1, 0, 2],
    [1, 0.5, 0, 0, 0, 1],
    [2, 0.5, 0, 2, 1, 2],
  ])(
    'RestartStrategyTest n %d, %d, %d, running %d: kills %d, %d in all',
    (n, healthy, over, running, kill, maxTotal) => {
      const found = bounds(marathon(healthy, over), n, running);
      expect(found.maxTotal).toBe(maxTotal);
      expect(Math.max(0, running - found.minReady)).toBe(kill);
    },
  );

  it.each([
    // resident: n, minimumHealthCapacity, running and healthy → killed at once, maximum in all
    [1, 0.5, 1, 1, 1],
    [5, 0.5, 5, 2, 5],
    [5, 1, 7, 3, 5],
    [5, 1, 3, 0, 5],
    [5, 1, 5, 1, 5],
  ])('resident n %d, %d, running %d: kills %d, %d in all', (n, healthy, running, kill, maxTotal) => {
    const volumes = [{ containerPath: 'data', mode: 'RW' as const, persistent: { size: 10 } }];
    const upgradeStrategy = { minimumHealthCapacity: healthy, maximumOverCapacity: 0 };
    const resident = app('/db', { instances: n, upgradeStrategy, container: { type: 'MESOS', volumes } });
    const found = bounds(effectiveStrategy(resident, {}), n, n);
    expect(found.maxTotal).toBe(maxTotal);
    expect(Math.max(0, running - found.minReady)).toBe(kill);
  });

  it.each([
    [25, 0.16, 29],
    [50, 0.16, 58],
    [100, 0.13, 113],
  ])('corrects float artefacts of n %d, over %d: %d', (n, over, maxTotal) => {
    expect(bounds(marathon(1, over), n, n).maxTotal).toBe(maxTotal);
  });

  it('rounds the healthy minimum up, but not for an artefact', () => {
    expect(bounds(marathon(0.55, 1), 100, 100).minReady).toBe(55);
    expect(bounds(marathon(0.551, 1), 100, 100).minReady).toBe(56);
  });
});

describe('bounds where maximumOverCapacity is not stated', () => {
  it.each([
    [10, 0.6, 6, 12],
    [20, 0.8, 16, 32],
    [4, 0.5, 2, 4],
    [4, 0.25, 1, 4],
    [4, 1, 4, 8],
    [1, 0.5, 1, 2],
    [4, 0, 0, 4],
  ])('n %d, healthy %d: %d ready, %d in all', (n, healthy, minReady, maxTotal) => {
    expect(bounds(marathon(healthy), n, n)).toEqual({ minReady, maxTotal });
  });
});

describe('bounds of Kubernetes (TestResolveFenceposts)', () => {
  it.each([
    ['0%', '0%', 10, 9, 10],
    ['39%', '39%', 10, 7, 14],
    ['25%', '25%', 20, 15, 25],
    [0, 0, 10, 9, 10],
    [1, 0, 10, 10, 11],
    [0, 20, 10, 0, 10],
    ['25%', '25%', 1, 1, 2],
    ['14%', '28%', 50, 36, 57],
  ])('surge %s, unavailable %s of %d: %d ready, %d in all', (surge, unavailable, n, minReady, maxTotal) => {
    expect(bounds(rolling(surge, unavailable), n, n)).toEqual({ minReady, maxTotal });
  });

  it.each(['oops', '5', '-3%', '%'])('refuses %s', (text) => {
    expect(() => bounds(rolling(text, 1), 10, 10)).toThrow('Object is not valid');
  });
});

describe('bounds of the other strategies', () => {
  it.each<[Strategy, number, number, number, number]>([
    [{ type: 'recreate' }, 10, 10, 0, 10],
    [{ type: 'batches', batches: 5 }, 10, 10, 8, 10],
    [{ type: 'batches', batches: 3 }, 10, 10, 6, 10],
    [{ type: 'batches', batches: ['10%', 5, 'rest'] }, 20, 20, 7, 20],
    [{ type: 'batches', batches: 1 }, 4, 4, 3, 5],
    [{ type: 'batches', batches: 3 }, 1, 1, 1, 2],
    [{ type: 'canary', steps: [{ instances: 1 }] }, 10, 10, 8, 13],
    [{ type: 'canary', steps: [{ instances: 1 }] }, 1, 1, 1, 2],
    [{ type: 'blueGreen' }, 4, 3, 4, 7],
  ])('%j to %d from %d: %d ready, %d in all', (strategy, n, from, minReady, maxTotal) => {
    expect(bounds(strategy, n, from)).toEqual({ minReady, maxTotal });
  });

  it('needs nothing ready where nothing was wanted before', () => {
    expect(bounds(marathon(1, 0), 5, 0)).toEqual({ minReady: 0, maxTotal: 5 });
    expect(bounds({ type: 'blueGreen' }, 5, 0)).toEqual({ minReady: 0, maxTotal: 5 });
  });

  it('starts nothing where nothing is wanted', () => {
    expect(bounds(rolling(3, 1), 0, 5)).toEqual({ minReady: 0, maxTotal: 0 });
  });
});

describe('the strategy of a release', () => {
  const upgradeStrategy = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0.2 };

  it("is the deployment's, else the app's, else Marathon's", () => {
    const own = app('/a', { upgradeStrategy, release: { strategy: { type: 'recreate' } } });
    expect(effectiveStrategy(own, { strategy: { type: 'blueGreen' } })).toEqual({ type: 'blueGreen' });
    expect(effectiveStrategy(own, {})).toEqual({ type: 'recreate' });
    expect(effectiveStrategy(app('/a', { upgradeStrategy }), {})).toEqual({
      type: 'marathon',
      ...upgradeStrategy,
    });
  });
});
