import { describe, expect, it } from 'vitest';
import type { App, PathId } from '../../src/model/app.js';
import { changeSet } from '../../src/model/change-set.js';
import type { Plan } from '../../src/model/deployment.js';
import { type PlanOptions, plan } from '../../src/planning/plan.js';
import { app, CHECKED, rootOf, T0, T1 } from '../model/fixtures.js';

/** Another definition of what runs. */
function upgraded(from: App, fields: Partial<App> = {}): App {
  return { ...from, version: T1, versionInfo: { lastScalingAt: T1, lastConfigChangeAt: T1 }, ...fields };
}

/** The same run version. */
function edited(from: App, fields: Partial<App>): App {
  return { ...from, version: T1, ...fields };
}

/** `[["Restart /a", "Scale /b"], …]` */
function shape({ steps }: Plan): string[][] {
  return steps.map(({ actions }) =>
    actions.map(
      ({ action, app: id }) => `${action.replace(/(Application|Artifacts|AllOldTasksOf)$/, '')} ${id}`,
    ),
  );
}

function planOf(before: App[], after: App[], options?: PlanOptions): Plan {
  return plan(rootOf(before), rootOf(after), options);
}

describe('the steps of a plan (Marathon 1.11 DeploymentPlanTest)', () => {
  const mongo = app('/mongo', { instances: 4 });
  const service = app('/service', { instances: 4, dependencies: ['/mongo'] });

  it('restarts in the order of dependencies', () => {
    const found = planOf(
      [mongo, service],
      [upgraded(mongo, { cmd: 'x', instances: 8 }), upgraded(service, { cmd: 'x', instances: 10 })],
    );
    expect(shape(found)).toEqual([['Restart /mongo'], ['Restart /service']]);
    expect(found.steps[0]?.actions[0]).toMatchObject({
      rollout: { instances: 8, from: 4, strategy: { type: 'marathon', minimumHealthCapacity: 1 } },
      reason: 'cmd changed, instances 4 → 8',
    });
  });

  it('restarts independent apps in one step', () => {
    const [a, b] = [app('/a'), app('/b')];
    expect(shape(planOf([a, b], [upgraded(a, { cmd: 'x' }), upgraded(b, { cmd: 'x' })]))).toEqual([
      ['Restart /a', 'Restart /b'],
    ]);
  });

  it('does all at once for a group that changes in every way', () => {
    const independent = app('/independent');
    const toStop = app('/to-stop');
    const toStart = app('/to-start', { instances: 2, dependencies: ['/service'] });
    const found = planOf(
      [mongo, service, independent, toStop],
      [
        upgraded(mongo, { cmd: 'x' }),
        upgraded(service, { cmd: 'x' }),
        upgraded(independent, { instances: 3 }),
        toStart,
      ],
    );
    expect(shape(found)).toEqual([
      ['Stop /to-stop'],
      ['Start /to-start'],
      ['Restart /independent', 'Restart /mongo'],
      ['Restart /service'],
      ['Scale /to-start'],
    ]);
    expect(found.affectedApps).toEqual(['/independent', '/mongo', '/service', '/to-start', '/to-stop']);
  });

  it.each<[string, (from: App) => App[], string[][]]>([
    ['nothing for the same object', (from) => [from], []],
    ['a stop', () => [], [['Stop /a']]],
    [
      'a restart where only args changed (765)',
      (from) => [upgraded(from, { args: ['x'] })],
      [['Restart /a']],
    ],
    ['a restart of what is marked for it', (from) => [upgraded(from)], [['Restart /a']]],
    ['a scale', (from) => [edited(from, { instances: 5 })], [['Scale /a']]],
    [
      'a scale where it also goes to nothing',
      (from) => [upgraded(from, { cmd: 'x', instances: 0 })],
      [['Scale /a']],
    ],
    [
      'a scale to the same count where only metadata changed, so that the runtime learns it',
      (from) => [edited(from, { labels: { a: 'b' } })],
      [['Scale /a']],
    ],
  ])('is %s', (_, change, expected) => {
    const before = app('/a', { instances: 3 });
    expect(shape(planOf([before], change(before)))).toEqual(expected);
  });

  it('counts an app as affected of which only metadata changed', () => {
    const before = app('/a');
    expect(planOf([before], [edited(before, { labels: { a: 'b' } })]).affectedApps).toEqual(['/a']);
  });

  it('starts and scales a new app', () => {
    const found = planOf([], [app('/a', { instances: 2 })]);
    expect(shape(found)).toEqual([['Start /a'], ['Scale /a']]);
    expect(found.steps[1]?.actions[0]).toMatchObject({
      rollout: { instances: 2, from: 0 },
      reason: 'new app',
    });
  });

  it('stops in reverse order of the dependencies of before', () => {
    const db = app('/g/db');
    const web = app('/g/web', { dependencies: ['/g/db'] });
    const proxy = app('/g/proxy', { dependencies: ['/g/web'] });
    expect(shape(planOf([db, web, proxy], []))).toEqual([['Stop /g/proxy'], ['Stop /g/web'], ['Stop /g/db']]);
  });

  it('scales with the instances to end', () => {
    const before = app('/a', { instances: 3 });
    const kills = { '/a': ['a.instance-1._app.1'] };
    const found = planOf([before], [edited(before, { instances: 2 })], { kills });
    expect(found.steps[0]?.actions[0]).toMatchObject({ action: 'ScaleApplication', kill: kills['/a'] });
  });
});

describe('strategies that end all old ones first', () => {
  const zero = { minimumHealthCapacity: 0 };

  it('get a step for it, and scale with the rest of their layer', () => {
    const [a, b] = [app('/a', { instances: 2, upgradeStrategy: zero }), app('/b')];
    const found = planOf([a, b], [upgraded(a, { cmd: 'x' }), upgraded(b, { cmd: 'x' })]);
    expect(shape(found)).toEqual([['Kill /a'], ['Scale /a', 'Restart /b']]);
    expect(found.steps[1]?.actions[0]?.rollout).toMatchObject({ instances: 2, from: 0 });
  });

  it('only scale where nothing ran', () => {
    const before = app('/a', { instances: 0, upgradeStrategy: zero });
    expect(shape(planOf([before], [upgraded(before, { instances: 2 })]))).toEqual([['Scale /a']]);
  });

  it('are overridden by the strategy of the deployment', () => {
    const before = app('/a', { upgradeStrategy: zero });
    const options = { strategy: { type: 'batches', batches: 2 } } as const;
    const found = planOf([before], [upgraded(before, { cmd: 'x' })], { options });
    expect(found.steps[0]?.actions[0]?.rollout?.strategy).toEqual(options.strategy);
  });
});

describe('artifacts', () => {
  const fetch = [{ uri: 'http://127.0.0.1/a.tgz', extract: true, executable: false, cache: false }];
  const docker = { image: 'web:1', forcePullImage: false, privileged: false, parameters: [] };

  it('are resolved in one step before all others, where something is to fetch and to start', () => {
    const before = app('/old', { fetch, instances: 2 });
    const down = app('/down', { fetch, instances: 2 });
    const found = planOf(
      [before, down],
      [
        upgraded(before, { cmd: 'x' }),
        edited(down, { instances: 1 }),
        app('/new', { container: { type: 'DOCKER', docker, volumes: [] } }),
        app('/plain'),
        app('/none', { fetch, instances: 0 }),
      ],
    );
    expect(shape(found)[0]).toEqual(['Resolve /new', 'Resolve /old']);
    expect(
      shape(found)
        .flat()
        .filter((each) => each.startsWith('Resolve')),
    ).toHaveLength(2);
  });
});

describe('warnings', () => {
  it('name who depends on what does not exist', () => {
    expect(planOf([], [app('/g/a', { ...CHECKED, dependencies: ['/g/db'] })]).warnings).toEqual([
      'App /g/a depends on /g/db, which does not exist; the dependency is ignored.',
    ]);
  });

  it('name who depends on what is removed', () => {
    const [db, web] = [app('/db'), app('/web', { dependencies: ['/db'] })];
    expect(planOf([db, web], [web]).warnings).toEqual([
      'App /web depends on /db, which this change removes.',
    ]);
  });

  it('leave alone what the change has nothing to do with', () => {
    const broken = app('/other/a', { dependencies: ['/nobody'] });
    expect(planOf([broken], [broken, app('/g/a', CHECKED)]).warnings).toEqual([]);
  });

  it('name groups around what changes', () => {
    const target = rootOf([app('/g/a', CHECKED)], { '/g': ['/nobody'] });
    expect(plan(rootOf([]), target).warnings).toEqual([
      'Group /g depends on /nobody, which does not exist; the dependency is ignored.',
    ]);
  });

  it('tell of volumes that new instances would have to do without', () => {
    const volumes = [{ containerPath: 'data', mode: 'RW' as const, persistent: { size: 1 } }];
    const before = app('/db', { ...CHECKED, container: { type: 'MESOS', volumes } });
    const options = { strategy: { type: 'blueGreen' } } as const;
    expect(planOf([before], [upgraded(before, { cmd: 'x' })], { options }).warnings).toEqual([
      'App /db keeps persistent volumes, and blueGreen runs new instances beside the old ones.',
    ]);
  });

  it('tell of apps without any check that the change touches and that run', () => {
    const [web, db, gone] = [app('/web'), app('/db', CHECKED), app('/gone')];
    const after = [upgraded(web, { cmd: 'x' }), upgraded(db, { cmd: 'x' }), app('/none', { instances: 0 })];
    expect(planOf([web, db, gone], after).warnings).toEqual([
      'App /web has neither a health check nor a readiness check: nothing tells whether an instance works.',
    ]);
    expect(planOf([web], [web, app('/db', CHECKED)]).warnings).toEqual([]);
    expect(planOf([web], [edited(web, { instances: 0 })]).warnings).toEqual([]);
  });

  it('say it once for all of them', () => {
    const many = ['/a', '/b', '/c', '/d', '/e'].map((id) => app(id));
    expect(planOf([], many).warnings).toEqual([
      'Apps /a, /b, /c and 2 more have neither a health check nor a readiness check: nothing tells whether an instance works.',
    ]);
    expect(planOf([], many.slice(0, 2)).warnings[0]).toMatch(/^Apps \/a, \/b have neither/);
  });

  it('tell of a single instance in a production environment only', () => {
    const labels = { MARATHON_SINGLE_INSTANCE_APP: 'true' };
    const apps = [
      app('/one', CHECKED),
      app('/two', { ...CHECKED, instances: 2 }),
      app('/none', { ...CHECKED, instances: 0 }),
      app('/never-two', { ...CHECKED, labels }),
    ];
    expect(planOf([], apps).warnings).toEqual([]);
    expect(planOf([], apps, { production: true }).warnings).toEqual([
      'App /one has only one instance in a production environment: nothing serves while it is replaced.',
    ]);
    const scaled = { ...edited(app('/two', { ...CHECKED, instances: 2 }), { instances: 1 }) };
    expect(
      planOf(apps, [...apps.filter(({ id }) => id !== '/two'), scaled], { production: true }).warnings,
    ).toEqual([
      'App /two has only one instance in a production environment: nothing serves while it is replaced.',
    ]);
  });
});

describe('the cost of a plan', () => {
  /** Reads of fields of apps while planning `count` upgrades in chains of dependencies. */
  function reads(count: number): number {
    let total = 0;
    const counted = (each: App): App =>
      new Proxy(each, {
        get(of, field) {
          total += 1;
          return Reflect.get(of, field);
        },
      });
    const dependencies = (index: number): PathId[] => (index < 10 ? [] : [`/g/a${index - 10}`]);
    const apps = Array.from({ length: count }, (_, index) =>
      app(`/g/a${index}`, { dependencies: dependencies(index) }),
    );
    plan(rootOf(apps.map(counted)), rootOf(apps.map((each) => counted(upgraded(each, { cmd: 'x' })))));
    return total;
  }

  it('is linear in the apps that change', () => {
    expect(reads(1000) / reads(100)).toBeLessThan(10.5);
  });
});

describe('the change set', () => {
  it('names the versions of apps and the dependencies of groups, before and after', () => {
    const [kept, changed, removed] = [app('/kept'), app('/g/changed'), app('/removed')];
    const original = rootOf([kept, changed, removed]);
    const target = rootOf([kept, upgraded(changed, { cmd: 'x' }), app('/h/new')], { '/g': ['/kept'] });
    expect(changeSet(original, target)).toEqual({
      apps: {
        '/g/changed': { from: T0, to: T1 },
        '/removed': { from: T0, to: null },
        '/h/new': { from: null, to: T0 },
      },
      groups: { '/g': { from: [], to: ['/kept'] }, '/h': { from: null, to: [] } },
    });
  });
});
