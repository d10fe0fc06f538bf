import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PathId } from '../../src/model/app.js';
import { dependencyEdges, layers, missingDependencies, refuseCycles } from '../../src/model/dependencies.js';
import type { Root } from '../../src/model/root.js';
import { app, rootOf } from './fixtures.js';

const graph = (edges: Record<PathId, PathId[]>) =>
  rootOf(Object.entries(edges).map(([id, dependencies]) => app(id, { dependencies })));
const all = (root: Root) => new Set(root.apps.keys());

describe('layers', () => {
  it.each([
    [{ '/a': [], '/b': ['/a'], '/c': ['/a'], '/d': ['/b'] }, [['/a'], ['/b', '/c'], ['/d']]],
    [
      { '/a': ['/b', '/c'], '/b': ['/c'], '/c': ['/d'], '/d': [], '/e': [] },
      [['/d', '/e'], ['/c'], ['/b'], ['/a']],
    ],
  ])('orders %j by the longest path', (edges, wanted) => {
    const root = graph(edges as Record<PathId, PathId[]>);
    expect(layers(root, all(root))).toEqual(wanted);
  });

  it('counts in the whole graph and leaves out empty layers', () => {
    const root = graph({ '/a': [], '/b': ['/a'], '/c': ['/b'], '/e': [] });
    expect(layers(root, new Set(['/c', '/e', '/gone']))).toEqual([['/e'], ['/c']]);
  });

  it('takes a dependency of and on a group as one of all its apps, at any depth', () => {
    const root = rootOf(
      [
        app('/p/db/one'),
        app('/p/db/deep/two'),
        app('/p/web/x/three'),
        app('/cli', { dependencies: ['/p/web'] }),
      ],
      { '/p/web': ['/p/db'] },
    );
    expect(layers(root, all(root))).toEqual([['/p/db/deep/two', '/p/db/one'], ['/p/web/x/three'], ['/cli']]);
  });

  it('ignores what is not there, and names it', () => {
    const root = graph({ '/a': ['/nothing'] });
    expect(layers(root, all(root))).toEqual([['/a']]);
    expect(missingDependencies(root)).toEqual([{ of: '/a', dependency: '/nothing' }]);
  });

  it('is linear for large groups that depend on each other, and for long chains', () => {
    const members = (group: string) => Array.from({ length: 10_000 }, (_, i) => app(`${group}/${i}`));
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      app(`/chain/${i}`, { dependencies: i ? [`/chain/${i - 1}`] : [] }),
    );
    const root = rootOf([...members('/a'), ...members('/b'), ...chain], { '/b': ['/a'] });
    const before = process.cpuUsage();
    expect(layers(root, all(root))).toHaveLength(20_000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(3_000);
  });
});

describe('refuseCycles', () => {
  const refusal = (root: Root) => {
    try {
      refuseCycles(root, [...root.apps.keys(), ...root.groups.keys()]);
      return '';
    } catch (error) {
      return JSON.stringify((error as { extra: unknown }).extra);
    }
  };

  it('row 50: db → frontend → service → db', () => {
    const root = graph({ '/db': ['/frontend'], '/frontend': ['/service'], '/service': ['/db'] });
    expect(refusal(root)).toContain('Dependency graph has cyclic dependencies.');
    expect(refusal(root)).toMatch(/\/(db|frontend|service) → /);
  });

  it('finds cycles over groups, and of an app with its own group', () => {
    expect(refusal(rootOf([app('/a/x', { dependencies: ['/b'] }), app('/b/y')], { '/b': ['/a'] }))).toContain(
      'cyclic',
    );
    expect(refusal(rootOf([app('/a/x', { dependencies: ['/a'] })]))).toContain('cyclic');
    expect(refusal(rootOf([app('/a/x', { dependencies: ['/b'] }), app('/b/y')], { '/a': ['/b'] }))).toBe('');
    expect(refusal(rootOf([], { '/a': ['/b'], '/b': ['/a'] }))).toBe('');
  });
});

describe('against written-out edges', () => {
  const ids = ['/a/1', '/a/2', '/a/x/1', '/b/1', '/b/2', '/c'];
  const anyTarget = fc.constantFrom(...ids, '/a', '/a/x', '/b', '/gone');
  const anyRoot = fc
    .tuple(
      fc.array(fc.array(anyTarget, { maxLength: 2 }), { minLength: 6, maxLength: 6 }),
      fc.array(anyTarget, { maxLength: 2 }),
    )
    .map(([each, group]) =>
      rootOf(
        ids.map((id, i) => app(id, { dependencies: each[i] ?? [] })),
        { '/b': group },
      ),
    );

  it('gives the longest path, or finds the same cycle', () => {
    fc.assert(
      fc.property(anyRoot, (root) => {
        const edges = dependencyEdges(root);
        const depth = (id: PathId, path: PathId[]): number => {
          if (path.includes(id)) return Number.POSITIVE_INFINITY;
          return 1 + Math.max(0, ...(edges.get(id) ?? []).map((next) => depth(next, [...path, id])));
        };
        const depths = new Map(ids.map((id) => [id, depth(id, [])]));
        if ([...depths.values()].some((each) => each === Number.POSITIVE_INFINITY)) {
          expect(() => refuseCycles(root, ids)).toThrow();
        } else {
          const wanted = [...new Set(depths.values())]
            .sort((a, b) => a - b)
            .map((d) => ids.filter((id) => depths.get(id) === d).sort());
          expect(layers(root, new Set(ids))).toEqual(wanted);
        }
      }),
    );
  });
});
