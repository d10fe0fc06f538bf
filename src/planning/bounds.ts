import type { Strategy, UpgradeStrategy } from '../model/app.js';
import type { Bounds } from '../runtimes/runtime.js';
import { amount, down, up } from './amounts.js';
import { batchSizes } from './sizes.js';

type Rolling = Extract<Strategy, { type: 'rolling' }>;

/** Kubernetes' defaults for a Deployment. */
const KUBERNETES_DEFAULT = { maxSurge: '25%', maxUnavailable: '25%' } as const;

/**
 * Bounds that hold for the whole release to `n` instances, where `from` were wanted before.
 * `minReady` is always below `maxTotal` (unless n is 0), so that a release can always move.
 *
 * The minimum is that of the new count, also when scaling up: nothing is ended then until enough are ready
 * (Marathon 1.11). Where nothing was wanted before there is nothing to keep.
 */
export function bounds(strategy: Strategy, n: number, from: number): Bounds {
  if (n === 0) return { minReady: 0, maxTotal: 0 };
  const stated = statedBounds(strategy, n, from);
  return from === 0 ? { ...stated, minReady: 0 } : withRoom(stated);
}

/**
 * Bounds of a stateful app, whose instances take the place of each other: at most one is away by our own action, whatever
 * a strategy allows, and there are never more than were wanted before or are wanted now. `all`: all end first.
 */
export function orderedBounds(n: number, from: number, all: boolean): Bounds {
  const minReady = all || from === 0 ? 0 : Math.max(0, n - 1);
  return { minReady, maxTotal: Math.max(n, from) };
}

function statedBounds(strategy: Strategy, n: number, from: number): Bounds {
  switch (strategy.type) {
    case 'marathon':
      return marathonBounds(strategy, n);
    case 'rolling':
      return rollingBounds(strategy, n);
    case 'recreate':
      return { minReady: 0, maxTotal: n };
    case 'batches':
      return inPlaceBounds(Math.max(...batchSizes(strategy.batches, n)), n);
    case 'canary':
      return rollingBounds(KUBERNETES_DEFAULT, n);
    case 'blueGreen':
      return { minReady: n, maxTotal: from + n };
  }
}

/**
 * Marathon 1.11 RestartStrategy where `maximumOverCapacity` is stated, but for its float artefacts.
 * Where it is not: as many new ones beside the healthy minimum of old ones.
 */
function marathonBounds({ minimumHealthCapacity, maximumOverCapacity }: UpgradeStrategy, n: number): Bounds {
  const minReady = up(n * minimumHealthCapacity);
  const maxTotal =
    maximumOverCapacity === undefined ? Math.max(n, 2 * minReady) : down(n * (1 + maximumOverCapacity));
  return { minReady, maxTotal };
}

/** Kubernetes ResolveFenceposts: surge is rounded up, unavailable down, and 0 with 0 makes one unavailable. */
export function surgeAndUnavailable(
  { maxSurge, maxUnavailable }: Pick<Rolling, 'maxSurge' | 'maxUnavailable'>,
  n: number,
): { surge: number; unavailable: number } {
  const surge = amount(maxSurge, n, up);
  const unavailable = Math.min(n, amount(maxUnavailable, n, down));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function rollingBounds(rolling: Pick<Rolling, 'maxSurge' | 'maxUnavailable'>, n: number): Bounds {
  const { surge, unavailable } = surgeAndUnavailable(rolling, n);
  return { minReady: n - unavailable, maxTotal: n + surge };
}

/**
 * Batches are replaced in place: nothing is started beyond n, and no more than the largest batch is away.
 * A batch that is all of the app would be an outage, which only `recreate` asks for: it rolls as in Kubernetes.
 */
function inPlaceBounds(largest: number, n: number): Bounds {
  return largest === n ? rollingBounds(KUBERNETES_DEFAULT, n) : { minReady: n - largest, maxTotal: n };
}

/** Temporary over-capacity of one, without which nothing could move (Marathon 1.11 RestartStrategy). */
function withRoom({ minReady, maxTotal }: Bounds): Bounds {
  return { minReady, maxTotal: Math.max(maxTotal, minReady + 1) };
}
