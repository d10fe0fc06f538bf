import { expect } from 'vitest';
import { ProgressWatch } from '../../activities/progress-watch.js';
import type { App, Strategy } from '../../src/model/app.js';
import { planBatches } from '../../src/planning/batches.js';
import { effectiveStrategy } from '../../src/planning/effective-strategy.js';
import { plan } from '../../src/planning/plan.js';
import { nextSplit } from '../../src/planning/rolling.js';
import { instanceOf } from '../api/steps.js';
import { appOf, V1, V2 } from '../helpers/apps.js';
import { rootOf } from '../model/fixtures.js';
import { copies, OLD, TARGET, World } from '../planning/world.js';
import { edge } from './support/edge.js';

const actionsOf = (from: App, to: App) =>
  plan(rootOf([from]), rootOf([to])).steps.flatMap(({ actions }) => actions.map(({ action }) => action));

edge(
  4,
  'the only instance with a volume is given up for the new one, and at once where it serves nobody',
  () => {
    const volumes = [{ containerPath: 'data', mode: 'RW' as const, persistent: { size: 10 } }];
    const upgradeStrategy = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 };
    const resident = appOf('/db', V1, { upgradeStrategy, container: { type: 'MESOS', volumes } });
    const batches = planBatches({ instances: 1, from: 1, strategy: effectiveStrategy(resident, {}) });
    expect(batches.bounds).toEqual({ minReady: 0, maxTotal: 1 });
    for (const ready of [true, false]) {
      const seen = copies(1, OLD[0], { ready });
      const step = { batches, goal: { new: 1, old: 0 }, target: TARGET, seen, declared: { [OLD[0]]: 1 } };
      expect(nextSplit(step)).toEqual({ kind: 'split', split: { [TARGET]: 0 } });
    }
  },
);

edge(16, 'another command and no instances: one scaling', () => {
  expect(actionsOf(appOf('/a', V1), appOf('/a', V2, { cmd: 'sleep 2', instances: 0 }))).toEqual([
    'ScaleApplication',
  ]);
});

edge(33, 'a deadline of 10 s has passed 11 s after the last progress, and not after 9', () => {
  const options = { progressDeadlineSeconds: 10 };
  const ago = (seconds: number) => Date.now() - seconds * 1_000;
  const starting = instanceOf('/a', V1, { ready: false });
  const look = (seconds: number) => {
    const watch = new ProgressWatch({ budget: 0, options }, V1, { seen: ago(60), failed: [] });
    const ready = instanceOf('/a', V1, { since: new Date(ago(seconds)).toISOString() });
    return watch.look({ instances: [ready, starting], waiting: [] }, '1/2 ready');
  };
  expect(look(9)).toBeUndefined();
  expect(look(11)).toMatchObject({ why: 'no progress for 10 s: 1/2 ready' });
});

edge(54, 'a change of the count alone restarts nothing', () => {
  const from = appOf('/a', V1);
  const to = { ...from, instances: 3, version: V2 };
  expect(actionsOf(from, to)).toEqual(['ScaleApplication']);
});

edge(
  87,
  'ten instances, one more, three fewer, new ones first: never fewer than seven, never more than eleven',
  () => {
    const strategy: Strategy = { type: 'rolling', maxSurge: 1, maxUnavailable: 3, order: 'CreateFirst' };
    const world = new World(planBatches({ instances: 10, from: 10, strategy }), copies(10, OLD[0]));
    for (const goal of world.batches.goals) expect(world.settle(goal)).toBe(true);
    expect([world.fewestReady >= 7, world.peak <= 11, world.violations]).toEqual([true, true, []]);
  },
);
