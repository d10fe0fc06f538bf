import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App, PathId } from '../../src/model/app.js';
import { dependencyEdges } from '../../src/model/dependencies.js';
import type { ActionName, Plan } from '../../src/model/deployment.js';
import type { Root } from '../../src/model/root.js';
import { plan } from '../../src/planning/plan.js';
import { app, rootOf, T1 } from '../model/fixtures.js';

type Fate = 'keep' | 'upgrade' | 'scale' | 'relabel' | 'recreate' | 'remove' | 'add';

const fate = fc.constantFrom<Fate>('keep', 'upgrade', 'scale', 'relabel', 'recreate', 'remove', 'add');

/** Apps in three groups, each depending on earlier ones only, and what happens to each. */
const change = fc
  .array(fc.record({ fate, on: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }), zero: fc.boolean() }), {
    minLength: 1,
    maxLength: 25,
  })
  .map((wishes) => {
    const id = (index: number): PathId => `/g${index % 3}/a${index}`;
    const apps = wishes.map(({ on, zero }, index) =>
      app(id(index), {
        instances: 2,
        dependencies: [...new Set(on.filter((other) => other < index).map(id))],
        upgradeStrategy: { minimumHealthCapacity: zero ? 0 : 1 },
      }),
    );
    const fates = new Map(apps.map(({ id: name }, index) => [name, wishes[index]?.fate ?? 'keep']));
    const original = rootOf(apps.filter(({ id: name }) => fates.get(name) !== 'add'));
    const target = rootOf(apps.flatMap((each) => meet(each, fates.get(each.id) ?? 'keep')));
    return { original, target, fates };
  });

function meet(each: App, wish: Fate): App[] {
  const versionInfo = { lastScalingAt: T1, lastConfigChangeAt: T1 };
  switch (wish) {
    case 'keep':
    case 'add':
      return [each];
    case 'upgrade':
      return [{ ...each, cmd: 'x', version: T1, versionInfo }];
    case 'recreate':
      return [{ ...each, cmd: 'x', version: T1, versionInfo, release: { strategy: { type: 'recreate' } } }];
    case 'scale':
      return [{ ...each, instances: 3, version: T1 }];
    case 'relabel':
      return [{ ...each, labels: { a: 'b' }, version: T1 }];
    case 'remove':
      return [];
  }
}

/** Step of each app's action of these names; the last one. */
function stepsOf({ steps }: Plan, ...names: ActionName[]): Map<PathId, number> {
  const found = new Map<PathId, number>();
  for (const [index, { actions }] of steps.entries()) {
    for (const { action, app: id } of actions) if (names.includes(action)) found.set(id, index);
  }
  return found;
}

/** Pairs of an app and one that it depends on, both in the map. */
function pairs(root: Root, steps: Map<PathId, number>): [number, number][] {
  return [...dependencyEdges(root)].flatMap(([id, on]) =>
    on.flatMap((other): [number, number][] => {
      const [mine, theirs] = [steps.get(id), steps.get(other)];
      return mine === undefined || theirs === undefined ? [] : [[mine, theirs]];
    }),
  );
}

describe('any plan', () => {
  it('respects dependencies, forwards for work and backwards for stops', () => {
    fc.assert(
      fc.property(change, ({ original, target }) => {
        const found = plan(original, target);
        const work = stepsOf(found, 'ScaleApplication', 'RestartApplication');
        for (const [mine, theirs] of pairs(target, work)) expect(mine).toBeGreaterThan(theirs);
        const stops = stepsOf(found, 'StopApplication');
        for (const [mine, theirs] of pairs(original, stops)) expect(mine).toBeLessThan(theirs);
        const starts = [...stepsOf(found, 'StartApplication').values()];
        for (const start of starts) {
          expect(start).toBeLessThan(Math.min(...work.values()));
          expect(start).toBeGreaterThan(Math.max(-1, ...stops.values()));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does for each app what its change asks for, once, and affects no other', () => {
    fc.assert(
      fc.property(change, ({ original, target, fates }) => {
        const found = plan(original, target);
        const names = new Map<PathId, string[]>();
        for (const { action, app: id } of found.steps.flatMap(({ actions }) => actions)) {
          names.set(id, [...(names.get(id) ?? []), action]);
        }
        for (const [id, wish] of fates) {
          const zero = target.apps.get(id)?.upgradeStrategy.minimumHealthCapacity === 0;
          expect(names.get(id) ?? []).toEqual(expected(wish, zero));
          expect(found.affectedApps.includes(id)).toBe(wish !== 'keep');
        }
        expect(found.steps.every(({ actions }) => actions.length > 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function expected(wish: Fate, zero: boolean): ActionName[] {
  switch (wish) {
    case 'keep':
      return [];
    case 'add':
      return ['StartApplication', 'ScaleApplication'];
    case 'relabel':
    case 'scale':
      return ['ScaleApplication'];
    case 'remove':
      return ['StopApplication'];
    case 'recreate':
      return ['KillAllOldTasksOf', 'ScaleApplication'];
    case 'upgrade':
      return zero ? ['KillAllOldTasksOf', 'ScaleApplication'] : ['RestartApplication'];
  }
}
