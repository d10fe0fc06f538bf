import type { Strategy } from '../model/app.js';
import type { Action, Rollout } from '../model/deployment.js';
import type { Bounds } from '../runtimes/runtime.js';
import { amount, up } from './amounts.js';
import { bounds, orderedBounds, surgeAndUnavailable } from './bounds.js';
import { Simulation } from './simulate.js';
import { batchSizes } from './sizes.js';
import type { Batches, BatchGoal } from './types.js';

type Of<T extends Strategy['type']> = Extract<Strategy, { type: T }>;

/**
 * The batches in which an app is rolled, and the bounds of the whole. Goals may be skipped: asked for the last goal at
 * once, the engine rolls on without a stop, within the same bounds.
 */
export function planBatches(rollout: Rollout): Batches {
  const { instances } = rollout;
  return {
    goals: instances === 0 ? [{ new: 0, old: 0 }] : reachable(goalsOf(rollout), rollout),
    bounds: boundsOf(rollout),
    instances,
    order: orderOf(rollout),
    ...(rollout.fewer && { fewer: true }),
  };
}

/** As `planBatches`, for any action that has a rollout: only a restart goes batch by batch. */
export function batchesOf(action: Action & { rollout: Rollout }): Batches {
  const batches = planBatches(action.rollout);
  if (action.action === 'RestartApplication') return batches;
  const end = action.action === 'KillAllOldTasksOf' ? 0 : action.rollout.instances;
  return { ...batches, goals: [{ new: end, old: 0 }] };
}

/** True where the old instances end all together before a new one starts. */
export function isAllAtOnce(strategy: Strategy): boolean {
  return (
    strategy.type === 'recreate' || (strategy.type === 'marathon' && strategy.minimumHealthCapacity === 0)
  );
}

/** Places that a stateful app had not before can only be new ones: they are part of the first batch. */
function reachable(goals: BatchGoal[], { instances, from, ordered }: Rollout): BatchGoal[] {
  const added = instances - from;
  if (!ordered || added <= 0) return goals;
  const later = goals.filter((goal) => goal.new > added);
  return later.length < goals.length ? [{ new: added, old: from }, ...later] : goals;
}

function boundsOf({ instances, from, strategy, ordered }: Rollout): Bounds {
  return ordered ? orderedBounds(instances, from, isAllAtOnce(strategy)) : bounds(strategy, instances, from);
}

function goalsOf(rollout: Rollout): BatchGoal[] {
  const { instances, from, strategy } = rollout;
  switch (strategy.type) {
    case 'recreate':
      return [{ new: instances, old: 0 }];
    case 'marathon':
      return marathonGoals(rollout, strategy);
    case 'rolling':
      return rollingGoals(rollout, strategy);
    case 'batches':
      return inPlace(sums(batchSizes(strategy.batches, instances)), instances);
    case 'canary':
      return canaryGoals(strategy, instances);
    case 'blueGreen':
      return [
        { new: instances, old: from },
        { new: instances, old: 0 },
      ];
  }
}

/**
 * With maximumOverCapacity stated: Marathon 1.11's waves. Without: the old ones down to the healthy minimum and as many
 * new ones beside them; then the rest. Of a stateful app each place is a wave.
 */
function marathonGoals(rollout: Rollout, strategy: Of<'marathon'>): BatchGoal[] {
  const n = rollout.instances;
  if (isAllAtOnce(strategy)) return [{ new: n, old: 0 }];
  if (strategy.maximumOverCapacity !== undefined || rollout.ordered) return waves(rollout);
  const healthy = up(n * strategy.minimumHealthCapacity);
  const last = { new: n, old: 0 };
  return healthy === n ? [last] : [{ new: healthy, old: healthy }, last];
}

/** Cycles of BCS where somebody or a clock waits between them, or an order is stated; else waves as Kubernetes rolls. */
function rollingGoals(rollout: Rollout, strategy: Of<'rolling'>): BatchGoal[] {
  const n = rollout.instances;
  const inCycles = strategy.manual || strategy.intervalSeconds || strategy.order;
  if (!inCycles) return waves(rollout);
  const { surge, unavailable } = surgeAndUnavailable(strategy, n);
  return inPlace(multiples(surge > 0 ? surge : unavailable, n), n);
}

/** Steps are cumulative, as Argo's setWeight; percentages of n are rounded up. One goal a step, then the rest. */
function canaryGoals({ steps }: Of<'canary'>, n: number): BatchGoal[] {
  const reached: number[] = [];
  for (const { instances, percent } of steps) {
    const stated = instances ?? amount(`${percent ?? 0}%`, n, up);
    reached.push(Math.min(n, Math.max(stated, reached.at(-1) ?? 0)));
  }
  if (reached.at(-1) !== n) reached.push(n);
  return inPlace(reached, n);
}

/** Goals at which new and old ones together are n. Where fewer old ones are there the goal is reached all the same. */
function inPlace(reached: number[], n: number): BatchGoal[] {
  return reached.map((count) => ({ new: count, old: n - count }));
}

function sums(sizes: number[]): number[] {
  let sum = 0;
  return sizes.map((size) => {
    sum += size;
    return sum;
  });
}

function multiples(size: number, n: number): number[] {
  return sums(
    batchSizes(
      Array.from({ length: Math.ceil(n / size) }, () => size),
      n,
    ),
  );
}

/** What the engine does by itself when everything goes well: a wave ends each time that what was started is ready. */
function waves(rollout: Rollout): BatchGoal[] {
  const { instances: n, from, ordered } = rollout;
  const simulation = new Simulation({ old: from }, 'new');
  const last = { new: n, old: 0 };
  const order = ordered ? 'InPlace' : 'Both';
  const whole: Batches = { goals: [last], bounds: boundsOf(rollout), instances: n, order };
  const reached: number[] = [];
  simulation.run(whole, last, (moment, settled) => {
    if (settled) reached.push(moment.new);
  });
  return inPlace(reached, n);
}

function orderOf({ strategy, instances, ordered }: Rollout): Batches['order'] {
  if (ordered && !isAllAtOnce(strategy)) return 'InPlace';
  switch (strategy.type) {
    case 'recreate':
      return 'DeleteFirst';
    case 'canary':
    case 'blueGreen':
      return 'CreateFirst';
    case 'marathon':
      return isAllAtOnce(strategy) ? 'DeleteFirst' : 'Both';
    case 'rolling':
      return possibleOrder(strategy, instances);
    case 'batches':
      return 'Both';
  }
}

/** Without surge nothing can be created first, and with nothing unavailable nothing deleted first. */
function possibleOrder(strategy: Of<'rolling'>, n: number): Batches['order'] {
  const { surge, unavailable } = surgeAndUnavailable(strategy, n);
  if (strategy.order === 'CreateFirst' && surge > 0) return 'CreateFirst';
  if (strategy.order === 'DeleteFirst' && unavailable > 0) return 'DeleteFirst';
  return 'Both';
}
