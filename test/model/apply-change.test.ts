import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import type { App, PathId } from '../../src/model/app.js';
import { runVersion } from '../../src/model/app.js';
import { applyChange } from '../../src/model/apply-change.js';
import type { AppUpdate, Change } from '../../src/model/change.js';
import { changeSet } from '../../src/model/change-set.js';
import { needsRestart } from '../../src/model/restart.js';
import type { Root } from '../../src/model/root.js';
import { app, rootOf, T0, T1, T2, T3 } from './fixtures.js';

const apply = (root: Root, change: Change, now = T1, rest: object = {}) =>
  applyChange(root, change, { now, ...rest });
const present = (root: Root, id: PathId): App => {
  const found = root.apps.get(id);
  if (!found) throw new Error(`${id} is not there`);
  return found;
};
const update = (id: PathId, fields: Partial<AppUpdate>, partial = true): Change => ({
  kind: 'updateApps',
  apps: [{ id, ...fields }],
  partial,
  create: true,
});
const refusal = (act: () => unknown): TerminalError => {
  try {
    act();
  } catch (error) {
    if (error instanceof TerminalError) return error;
    throw error;
  }
  throw new Error('was not refused');
};

describe('creating', () => {
  it('fills in defaults, makes the groups above and a service port', () => {
    const root = apply(rootOf([]), { kind: 'createApp', app: { id: '/a/b/c', cmd: 'run' } });
    expect(present(root, '/a/b/c')).toMatchObject({
      mem: 128,
      portDefinitions: [{ port: 10_000, name: 'default', protocol: 'tcp' }],
      upgradeStrategy: { minimumHealthCapacity: 1 },
      version: T1,
      versionInfo: { lastScalingAt: T1, lastConfigChangeAt: T1 },
    });
    expect([...root.groups].map(([id, { version }]) => [id, version])).toEqual([
      ['/', T1],
      ['/a/b', T1],
      ['/a', T1],
    ]);
  });

  it('gives each app another service port, and keeps it', () => {
    const first = apply(rootOf([]), update('/a', { cmd: 'x' }));
    const second = apply(first, update('/b', { cmd: 'x' }), T2);
    const port = { port: 0, protocol: 'tcp', labels: {} } as const;
    const third = apply(second, update('/b', { cmd: 'y', portDefinitions: [port, port] }, false), T3);
    expect(present(third, '/b').portDefinitions.map((each) => each.port)).toEqual([10_001, 10_002]);
    expect(present(third, '/a')).toBe(present(first, '/a'));
  });

  it('refuses what is there, with the texts of Marathon', () => {
    const root = rootOf([app('/group/app')]);
    const create = (id: PathId) => refusal(() => apply(root, { kind: 'createApp', app: { id, cmd: 'x' } }));
    const group = (id: PathId) => refusal(() => apply(root, { kind: 'createGroup', group: { id } }));
    expect(create('/group/app')).toMatchObject({
      status: 409,
      message: 'An app with id [/group/app] already exists.',
    });
    expect(group('/group')).toMatchObject({
      status: 409,
      message: 'Group /group is already created. Use PUT to change this group.',
    });
    expect(group('/group/app')).toMatchObject({
      status: 409,
      message: 'An app with the path /group/app already exists.',
    });
    for (const id of ['/group', '/group/app/below']) {
      expect(JSON.stringify(create(id).extra)).toContain(
        'Groups and Applications may not have the same identifier.',
      );
    }
  });

  it('reports every problem of every app of a group', () => {
    const apps = [{ id: '/g/a' }, { id: '/g/b', cmd: 'x', args: ['y'], instances: 1_000_000 }];
    const { status, extra } = refusal(() =>
      apply(rootOf([]), { kind: 'createGroup', group: { id: '/g', apps } }),
    );
    expect(status).toBe(422);
    const neither = "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.";
    expect(extra.details).toEqual([
      { path: '/apps(0)', errors: [neither] },
      { path: '/apps(1)', errors: [neither] },
      { path: '/apps(1)/instances', errors: ['got 1000000, expected 100000 or less'] },
    ]);
  });
});

describe('versions (row 127)', () => {
  const root = rootOf([app('/a', { instances: 2 })]);
  it.each([
    ['nothing', { instances: 2 }, [T0, T0, T0]],
    ['scaling', { instances: 3 }, [T1, T1, T0]],
    ['what runs', { cmd: 'new' }, [T1, T1, T1]],
    ['what runs and the count', { cmd: 'new', instances: 5 }, [T1, T1, T1]],
    ['labels', { labels: { a: 'b' } }, [T1, T0, T0]],
    ['checks and strategy', { upgradeStrategy: { minimumHealthCapacity: 0 } }, [T1, T0, T0]],
  ])('of %s', (_what, fields, versions) => {
    const after = present(apply(root, update('/a', fields)), '/a');
    expect([after.version, after.versionInfo.lastScalingAt, after.versionInfo.lastConfigChangeAt]).toEqual(
      versions,
    );
    expect(needsRestart(present(root, '/a'), after)).toBe(versions[2] === T1);
  });

  it('of a restart', () => {
    const after = present(apply(root, { kind: 'restartApp', id: '/a' }), '/a');
    expect(after).toMatchObject({ version: T1, versionInfo: { lastScalingAt: T0, lastConfigChangeAt: T1 } });
    expect(needsRestart(present(root, '/a'), after)).toBe(true);
  });

  it('the same definition changes nothing at all', () => {
    const { version: _v, versionInfo: _i, ...same } = present(root, '/a');
    expect(apply(root, update('/a', structuredClone(same), false))).toBe(root);
  });

  it('a way back takes up the old run version', () => {
    const before = present(root, '/a');
    const changed = apply(root, update('/a', { cmd: 'new' }));
    const back = apply(changed, { kind: 'rollbackApp', id: '/a', version: T0 }, T2, {
      stored: new Map([['/a', before]]),
    });
    expect(present(back, '/a')).toMatchObject({ cmd: before.cmd, version: T2 });
    expect(runVersion(present(back, '/a'))).toBe(T0);
  });
});

describe('updating', () => {
  it('partial keeps, full takes defaults', () => {
    const root = rootOf([app('/a', { mem: 7, labels: { x: 'y' } })]);
    expect(present(apply(root, update('/a', { cpus: 2 })), '/a')).toMatchObject({
      mem: 7,
      labels: { x: 'y' },
    });
    expect(present(apply(root, update('/a', { cmd: 'x', cpus: 2 }, false)), '/a')).toMatchObject({
      mem: 128,
      labels: {},
    });
  });

  it('args take the place of cmd', () => {
    const after = present(apply(rootOf([app('/a')]), update('/a', { args: ['x'] })), '/a');
    expect([after.cmd, after.args]).toEqual([undefined, ['x']]);
  });

  it('another network takes the other ports away', () => {
    const root = apply(rootOf([]), update('/a', { cmd: 'x' }));
    const bridge = apply(
      root,
      update('/a', {
        networks: [{ mode: 'container/bridge', labels: {} }],
        container: {
          type: 'DOCKER',
          docker: { image: 'i', forcePullImage: false, privileged: false, parameters: [] },
          volumes: [],
          portMappings: [{ containerPort: 80, servicePort: 0, protocol: 'tcp', labels: {} }],
        },
      }),
      T2,
    );
    expect(present(bridge, '/a').portDefinitions).toEqual([]);
    expect(present(bridge, '/a').container?.portMappings).toMatchObject([
      { hostPort: 0, servicePort: 10_001 },
    ]);
    const host = present(apply(bridge, update('/a', { networks: [{ mode: 'host', labels: {} }] }), T3), '/a');
    expect(host.container?.portMappings).toBeUndefined();
    expect(host.portDefinitions).toHaveLength(1);
  });

  it('a single instance is never two', () => {
    const labels = { MARATHON_SINGLE_INSTANCE_APP: 'true' };
    const after = present(apply(rootOf([app('/a')]), update('/a', { labels })), '/a');
    expect(after.upgradeStrategy).toEqual({ minimumHealthCapacity: 0, maximumOverCapacity: 0 });
    const { extra } = refusal(() => apply(rootOf([app('/a')]), update('/a', { labels, instances: 2 })));
    expect(JSON.stringify(extra)).toContain('Single instance app may only have one instance');
  });

  it.each([
    [{ kind: 'deleteApp', id: '/x' }, "App '/x' does not exist"],
    [{ kind: 'restartApp', id: '/x' }, "App '/x' does not exist"],
    [{ kind: 'updateApps', apps: [{ id: '/x' }], partial: true, create: false }, "App '/x' does not exist"],
    [{ kind: 'rollbackApp', id: '/x', version: T0 }, `App '/x' does not exist in version ${T0}`],
    [{ kind: 'deleteGroup', id: '/x' }, "Group '/x' does not exist"],
    [{ kind: 'scaleGroup', id: '/x', factor: 2 }, "Group '/x' does not exist"],
  ] as [Change, string][])('404 of %j', (change, message) => {
    expect(refusal(() => apply(rootOf([]), change))).toMatchObject({ status: 404, message });
  });
});

describe('groups', () => {
  const root = rootOf([app('/g/a'), app('/g/b'), app('/g/s/c'), app('/g/s/deep/d'), app('/other')], {
    '/g': ['/other'],
  });
  const group = (fields: object): Change => ({ kind: 'updateGroup', group: { id: '/g', ...fields } });
  const ids = (changed: Root) => [...changed.apps.keys()];

  it('a stated list replaces, an absent one keeps', () => {
    expect(ids(apply(root, group({ apps: [{ id: '/g/a', cmd: 'x' }] })))).toEqual([
      '/g/a',
      '/g/s/c',
      '/g/s/deep/d',
      '/other',
    ]);
    expect(ids(apply(root, group({ groups: [] })))).toEqual(['/g/a', '/g/b', '/other']);
    expect(apply(root, group({}))).toBe(root);
    expect(apply(root, group({ dependencies: [] })).groups.get('/g')?.dependencies).toEqual([]);
  });

  it('gives only the ancestors of a change a new version', () => {
    const after = apply(root, update('/g/s/c', { cmd: 'new' }));
    const versions = Object.fromEntries([...after.groups].map(([id, each]) => [id, each.version]));
    expect(versions).toEqual({ '/': T1, '/g': T1, '/g/s': T1, '/g/s/deep': T0 });
    expect(after.version).toBe(T1);
  });

  it('scales by a factor, rounded up', () => {
    const counted = rootOf([app('/g/a', { instances: 3 }), app('/g/x/b', { instances: 10 }), app('/c')]);
    const by = (factor: number) =>
      [...apply(counted, { kind: 'scaleGroup', id: '/g', factor }).apps.values()].map(
        (each) => each.instances,
      );
    expect([by(1.5), by(1.1), by(0)]).toEqual([
      [5, 15, 1],
      [4, 11, 1],
      [0, 0, 1],
    ]);
  });

  it('deletes with all below; the root is emptied', () => {
    expect(ids(apply(root, { kind: 'deleteGroup', id: '/g' }))).toEqual(['/other']);
    const empty = apply(root, { kind: 'deleteGroup', id: '/' });
    expect([ids(empty), [...empty.groups.keys()]]).toEqual([[], ['/']]);
  });

  it('rolls back to a snapshot, that subtree only', () => {
    let later = apply(root, update('/g/a', { cmd: 'new' }));
    later = apply(later, update('/g/new/e', { cmd: 'x' }), T2);
    later = apply(later, update('/other', { cmd: 'new' }), T2);
    const back = apply(later, { kind: 'rollbackGroup', id: '/g', version: T0 }, T3, { snapshot: root });
    expect(present(back, '/g/a').cmd).toBe(present(root, '/g/a').cmd);
    expect(present(back, '/other').cmd).toBe('new');
    expect(present(back, '/g/b')).toBe(present(root, '/g/b'));
    expect([back.apps.has('/g/new/e'), back.groups.has('/g/new')]).toEqual([false, false]);
    const missing = refusal(() =>
      apply(root, { kind: 'rollbackGroup', id: '/x', version: T0 }, T1, { snapshot: root }),
    );
    expect(missing.message).toBe(`Group /x not available in version ${T0}`);
  });

  it('scale-kill takes so many instances away', () => {
    const counted = rootOf([app('/a', { instances: 3 }), app('/b')]);
    const after = apply(counted, { kind: 'scaleKill', kills: { '/a': ['1', '2'], '/b': ['3', '4'] } });
    expect([...after.apps.values()].map((each) => each.instances)).toEqual([1, 0]);
  });
});

describe('revert', () => {
  const revertOf = (before: Root, after: Root, now: Root): Root => {
    const stored = new Map(
      [...after.apps.keys(), ...before.apps.keys()].map((id) => [id, before.apps.get(id) ?? null]),
    );
    return apply(now, { kind: 'revert', deployment: 'd' }, T3, { stored, changes: changeSet(before, after) });
  };

  it('row 124: leaves alone what others did meanwhile', () => {
    const before = rootOf([app('/app1'), app('/app2')]);
    const after = apply(before, { kind: 'deleteApp', id: '/app1' });
    let now = apply(after, update('/app3', { cmd: 'x' }), T2);
    now = apply(now, update('/other/app4', { cmd: 'x' }), T2);
    now = apply(now, { kind: 'deleteApp', id: '/app2' }, T2);
    const back = revertOf(before, after, now);
    expect([...back.apps.keys()].sort()).toEqual(['/app1', '/app3', '/other/app4']);
  });

  it('row 125: a group with a child stays, without its dependencies', () => {
    const before = rootOf([app('/a')]);
    const after = apply(before, { kind: 'createGroup', group: { id: '/g', dependencies: ['/a'] } });
    const now = apply(after, { kind: 'createGroup', group: { id: '/g/sub' } }, T2);
    expect(revertOf(before, after, now).groups.get('/g')?.dependencies).toEqual([]);
    expect(revertOf(before, after, after).groups.has('/g')).toBe(false);
  });

  it('a later change of the same app wins', () => {
    const before = rootOf([app('/a')]);
    const after = apply(before, update('/a', { cmd: 'one' }));
    const now = apply(after, update('/a', { cmd: 'two' }), T2);
    expect(revertOf(before, after, now)).toBe(now);
  });

  it('undoes a restart, too', () => {
    const before = rootOf([app('/a')]);
    const after = apply(before, { kind: 'restartApp', id: '/a' });
    expect(runVersion(present(revertOf(before, after, after), '/a'))).toBe(T0);
  });
});

describe('speed', () => {
  /** Processor time in milliseconds, which other processes do not disturb. */
  const cpu = (act: () => void): number => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const stated = (count: number) =>
    Array.from({ length: count / 100 }, (_, g) => ({
      id: `/g${g}`,
      apps: Array.from({ length: 100 }, (_each, i) => ({
        id: `/g${g}/a${i}`,
        cmd: 'x',
        portDefinitions: [],
      })),
    }));
  const make = (count: number): Change => ({
    kind: 'updateGroup',
    group: { id: '/', groups: stated(count) },
  });

  it('grows with the number of apps, not with its square', () => {
    const timed = (count: number) => cpu(() => apply(apply(rootOf([]), make(count)), make(count), T2));
    timed(1_000);
    const small = Math.min(timed(1_000), timed(1_000));
    expect(timed(10_000)).toBeLessThan(Math.max(small, 20) * 40);
  });

  it('changes one app of 20,000 without looking at the others', () => {
    const root = apply(rootOf([]), make(20_000));
    expect(apply(root, make(20_000), T2)).toBe(root);
    expect(cpu(() => apply(root, update('/g7/a7', { cmd: 'y' }), T2))).toBeLessThan(200);
  });
});
