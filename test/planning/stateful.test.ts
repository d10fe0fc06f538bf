import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import type { App, Strategy } from '../../src/model/app.js';
import type { DeploymentOptions } from '../../src/model/deployment.js';
import { planBatches } from '../../src/planning/batches.js';
import { effectiveStrategy, plan } from '../../src/planning/plan.js';
import { preview } from '../../src/planning/preview.js';
import { app, CHECKED, rootOf, T1 } from '../model/fixtures.js';

const goals = (strategy: Strategy, instances: number, from = instances) =>
  planBatches({ instances, from, strategy, ordered: true }).goals.map((goal) => [goal.new, goal.old]);
const MARATHON = { type: 'marathon', minimumHealthCapacity: 1 } as const;

describe('batches of a stateful app', () => {
  it.each<[Strategy, [number, number][]]>([
    [
      MARATHON,
      [
        [1, 2],
        [2, 1],
        [3, 0],
      ],
    ],
    [
      { type: 'marathon', minimumHealthCapacity: 0.2, maximumOverCapacity: 1 },
      [
        [1, 2],
        [2, 1],
        [3, 0],
      ],
    ],
    [
      { type: 'rolling', maxSurge: '25%', maxUnavailable: 3 },
      [
        [1, 2],
        [2, 1],
        [3, 0],
      ],
    ],
    [
      { type: 'rolling', maxSurge: 0, maxUnavailable: 2, manual: true },
      [
        [2, 1],
        [3, 0],
      ],
    ],
    [
      { type: 'batches', batches: 2 },
      [
        [2, 1],
        [3, 0],
      ],
    ],
    [
      { type: 'canary', steps: [{ instances: 1, manual: true }] },
      [
        [1, 2],
        [3, 0],
      ],
    ],
    [{ type: 'recreate' }, [[3, 0]]],
    [{ type: 'marathon', minimumHealthCapacity: 0 }, [[3, 0]]],
  ])('%j stops between ordinals', (strategy, expected) => {
    expect(goals(strategy, 3)).toEqual(expected);
  });

  it('begin with the places that were not there before', () => {
    expect(goals(MARATHON, 5, 3)).toEqual([
      [2, 3],
      [3, 2],
      [4, 1],
      [5, 0],
    ]);
    expect(goals({ type: 'canary', steps: [{ instances: 1 }] }, 5, 3)).toEqual([
      [2, 3],
      [5, 0],
    ]);
    expect(goals({ type: 'canary', steps: [{ instances: 4 }] }, 5, 3)).toEqual([
      [4, 1],
      [5, 0],
    ]);
  });

  it('never have more than one away, whatever the strategy allows', () => {
    const strategy = { type: 'rolling', maxSurge: 3, maxUnavailable: '50%' } as const;
    const { bounds, order } = planBatches({ instances: 4, from: 4, strategy, ordered: true });
    expect([bounds, order]).toEqual([{ minReady: 3, maxTotal: 4 }, 'InPlace']);
    const fewer = planBatches({ instances: 2, from: 4, strategy, ordered: true });
    expect(fewer.bounds).toEqual({ minReady: 1, maxTotal: 4 });
    const all = planBatches({ instances: 4, from: 4, strategy: { type: 'recreate' }, ordered: true });
    expect([all.bounds, all.order]).toEqual([{ minReady: 0, maxTotal: 4 }, 'DeleteFirst']);
  });
});

describe('the plan of a stateful app', () => {
  const store = app('/store', { ...CHECKED, instances: 5, cpus: 2, stateful: true });
  const upgraded = (fields: Partial<App> = {}): App => ({
    ...store,
    cmd: 'new',
    version: T1,
    versionInfo: { lastScalingAt: T1, lastConfigChangeAt: T1 },
    ...fields,
  });
  const planned = (to: App, options: DeploymentOptions = {}) => {
    const [original, target] = [rootOf([store]), rootOf([to])];
    const found = plan(original, target, { options });
    return { ...found, preview: preview(found, target, original) };
  };

  it('replaces one after another in place: no more instances than there are, one less', () => {
    const { steps, preview: seen, warnings } = planned(upgraded());
    expect(steps).toMatchObject([
      { actions: [{ action: 'RestartApplication', rollout: { ordered: true } }] },
    ]);
    expect(seen.steps[0]?.actions[0]?.batches).toEqual([1, 1, 1, 1, 1]);
    expect(seen).toMatchObject({ peakInstances: 5, fewestHealthy: 4, resources: { cpus: 10 }, fits: true });
    expect(warnings).toEqual([]);
  });

  it('peaks at the larger count where that changes, too', () => {
    expect(planned(upgraded({ instances: 7 })).preview).toMatchObject({ peakInstances: 7, fewestHealthy: 5 });
    expect(planned(upgraded({ instances: 3 })).preview).toMatchObject({ peakInstances: 5, fewestHealthy: 2 });
  });

  it('ends all in a step of its own where the strategy is to recreate, which is warned about', () => {
    const { steps, preview: seen } = planned(upgraded(), { strategy: { type: 'recreate' } });
    expect(steps.map(({ actions }) => actions.map(({ action }) => action))).toEqual([
      ['KillAllOldTasksOf'],
      ['ScaleApplication'],
    ]);
    expect(seen).toMatchObject({ peakInstances: 5, fewestHealthy: 0 });
    expect(seen.warnings).toHaveLength(1);
  });

  it('says where a strategy asks for more at once than places allow', () => {
    const strategy = { type: 'rolling', maxSurge: '25%', maxUnavailable: '25%' } as const;
    expect(planned(upgraded(), { strategy }).warnings).toEqual([
      'App /store is stateful: its instances are replaced one by one in place, not 2 more and 1 less at once.',
    ]);
    const volumes = [{ containerPath: 'data', mode: 'RW' as const, persistent: { size: 1 } }];
    const canary: Strategy = { type: 'canary', steps: [{ instances: 1 }] };
    const kept = upgraded({ container: { type: 'MESOS', volumes } });
    expect(planned(kept, { strategy: canary }).warnings).toEqual([]);
  });

  it('refuses to run new instances beside the old ones', () => {
    const strategy = { type: 'blueGreen' } as const;
    expect(() => planned(upgraded(), { strategy })).toThrow(TerminalError);
    expect(refusal(() => effectiveStrategy(store, { strategy }))).toEqual([
      { path: '/strategy', errors: [expect.stringContaining('/store is stateful: blueGreen')] },
    ]);
  });
});

function refusal(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof TerminalError) return error.extra.details;
    throw error;
  }
}
