import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App } from '../../src/model/app.js';
import { bounds } from '../../src/planning/bounds.js';
import { plan } from '../../src/planning/plan.js';
import { preview } from '../../src/planning/preview.js';
import { app, rootOf, T1 } from '../model/fixtures.js';
import { counts, strategies } from './arbitraries.js';

function upgraded(from: App, fields: Partial<App> = {}): App {
  const versionInfo = { lastScalingAt: T1, lastConfigChangeAt: T1 };
  return { ...from, cmd: 'new', version: T1, versionInfo, ...fields };
}

function rehearse(
  before: App[],
  after: App[],
  total?: { cpus: number; mem: number; disk: number; ports: number },
) {
  const [original, target] = [rootOf(before), rootOf(after)];
  const taken = before.reduce((sum, { cpus, instances }) => sum + cpus * instances, 0);
  const capacity = total && { total, taken: { cpus: taken, mem: 0, disk: 0, ports: 0 } };
  return preview(plan(original, target), target, original, capacity);
}

const db = app('/product/db', { instances: 10, cpus: 2, upgradeStrategy: { minimumHealthCapacity: 0.6 } });
const web = app('/product/app', {
  instances: 20,
  upgradeStrategy: { minimumHealthCapacity: 0.8 },
  dependencies: ['/product/db'],
});

describe('the preview of the worked case', () => {
  const found = rehearse([db, web], [upgraded(db), upgraded(web)]);

  it('peaks at 12 and 32, with no fewer than 6 and 16 healthy', () => {
    expect(found.apps).toEqual({
      '/product/db': { peakInstances: 12, fewestHealthy: 6 },
      '/product/app': { peakInstances: 32, fewestHealthy: 16 },
    });
  });

  it('sums up step by step', () => {
    expect(found.peakInstances).toBe(10 + 32);
    expect(found.fewestHealthy).toBe(6 + 20);
    expect(found.resources).toEqual({ cpus: 2 * 10 + 32, mem: 42 * 128, disk: 0 });
  });

  it('names the batches', () => {
    expect(found.steps.map(({ actions }) => actions)).toEqual([
      [
        {
          action: 'RestartApplication',
          app: '/product/db',
          instances: 10,
          batches: [6, 4],
          restarts: true,
          reason: 'cmd changed',
        },
      ],
      [
        {
          action: 'RestartApplication',
          app: '/product/app',
          instances: 20,
          batches: [16, 4],
          restarts: true,
          reason: 'cmd changed',
        },
      ],
    ]);
  });
});

describe('the preview of capacity', () => {
  it('fits where the peak fits exactly', () => {
    const total = { cpus: 52, mem: 1e6, disk: 0, ports: 0 };
    expect(rehearse([db, web], [upgraded(db), upgraded(web)], total)).toMatchObject({
      fits: true,
      doesNotFit: [],
    });
  });

  it('says what is missing, where it is not', () => {
    const total = { cpus: 51, mem: 1e6, disk: 0, ports: 0 };
    const found = rehearse([db, web], [upgraded(db), upgraded(web)], total);
    expect(found.fits).toBe(false);
    expect(found.doesNotFit).toEqual([{ app: '/product/app', resource: 'cpus', wanted: 12, free: 11 }]);
  });

  it('counts what the actions of a step take together, and what was freed before', () => {
    const [a, b, gone] = [app('/a', { cpus: 0.1 }), app('/b', { cpus: 0.2 }), app('/gone', { cpus: 0.3 })];
    const total = { cpus: 0.6, mem: 1e6, disk: 0, ports: 0 };
    expect(rehearse([a, b, gone], [upgraded(a), upgraded(b)], total).fits).toBe(true);
    const kept = rehearse([a, b, gone], [upgraded(a), upgraded(b), gone], { ...total, cpus: 0.8 });
    expect(kept.doesNotFit).toEqual([{ app: '/b', resource: 'cpus', wanted: 0.2, free: 0.1 }]);
  });

  it('counts ports of the host', () => {
    const port = { port: 10000, protocol: 'tcp' as const, labels: {} };
    const found = rehearse([], [app('/a', { instances: 3, portDefinitions: [port] })], {
      cpus: 9,
      mem: 1e6,
      disk: 0,
      ports: 2,
    });
    expect(found.doesNotFit).toEqual([{ app: '/a', resource: 'ports', wanted: 3, free: 2 }]);
  });
});

describe('the preview of other changes', () => {
  it('of a new app starts from nothing', () => {
    const found = rehearse([], [app('/a', { instances: 3 })]);
    expect(found.apps).toEqual({ '/a': { peakInstances: 3, fewestHealthy: 0 } });
    expect(found.steps.map(({ actions }) => actions[0]?.batches)).toEqual([[], [3]]);
  });

  it('of a scale counts only what comes or goes', () => {
    const before = app('/a', { instances: 3 });
    const up = rehearse([before], [{ ...before, instances: 5, version: T1 }]);
    expect(up.apps).toEqual({ '/a': { peakInstances: 5, fewestHealthy: 3 } });
    expect(up.steps[0]?.actions[0]).toMatchObject({ batches: [2], restarts: false });
    const down = rehearse([before], [{ ...before, instances: 1, version: T1 }]);
    expect(down.apps).toEqual({ '/a': { peakInstances: 3, fewestHealthy: 1 } });
    expect(down.steps[0]?.actions[0]?.batches).toEqual([]);
  });

  it('of a removed app ends with none', () => {
    const found = rehearse([app('/a', { instances: 3 })], []);
    expect(found).toMatchObject({ peakInstances: 3, fewestHealthy: 0, resources: { cpus: 3 } });
  });

  it('warns where nothing runs for a while', () => {
    const before = app('/a', { instances: 3, upgradeStrategy: { minimumHealthCapacity: 0 } });
    const found = rehearse([before], [upgraded(before)]);
    expect(found.apps).toEqual({ '/a': { peakInstances: 3, fewestHealthy: 0 } });
    expect(found.warnings).toEqual([
      expect.stringMatching(/^App \/a has neither/),
      'App /a has no instance for a while: its strategy ends all old ones before new ones start.',
    ]);
  });

  it('takes the place of ending instances as taken (n 20, 0.8, 1: 40)', () => {
    const before = app('/a', {
      instances: 20,
      upgradeStrategy: { minimumHealthCapacity: 0.8, maximumOverCapacity: 1 },
    });
    expect(rehearse([before], [upgraded(before)]).apps).toEqual({
      '/a': { peakInstances: 40, fewestHealthy: 16 },
    });
  });
});

describe('the preview of any release', () => {
  it('stays within the bounds of its strategy, and needs what it starts with and ends with', () => {
    fc.assert(
      fc.property(strategies, counts, counts, (strategy, n, from) => {
        const before = app('/a', { instances: from, release: { strategy } });
        const found = rehearse([before], [upgraded(before, { instances: n })]).apps['/a'];
        const { minReady, maxTotal } = bounds(strategy, n, from);
        expect(found?.peakInstances).toBeLessThanOrEqual(Math.max(from, maxTotal));
        expect(found?.peakInstances).toBeGreaterThanOrEqual(Math.max(from, n));
        expect(found?.fewestHealthy).toBeGreaterThanOrEqual(Math.min(from, minReady));
        expect(found?.fewestHealthy).toBeLessThanOrEqual(Math.min(from, n));
      }),
      { numRuns: 1000 },
    );
  });
});
