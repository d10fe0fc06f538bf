import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appInfoJson } from '../../../src/formats/marathon/app-info.js';
import { appJson } from '../../../src/formats/marathon/app-json.js';
import { deploymentJson } from '../../../src/formats/marathon/deployment-json.js';
import { groupJson } from '../../../src/formats/marathon/group-json.js';
import { parseApp } from '../../../src/formats/marathon/parse-app.js';
import { queueJson } from '../../../src/formats/marathon/queue-json.js';
import { taskJson } from '../../../src/formats/marathon/tasks.js';
import { applyChange } from '../../../src/model/apply-change.js';
import { changeSet } from '../../../src/model/change-set.js';
import type { Instance } from '../../../src/model/instance.js';
import type { Root } from '../../../src/model/root.js';
import { app, rootOf, T0, T1, T2, T3 } from '../../model/fixtures.js';
import { appArbitrary } from './arbitrary.js';

/** Keys that the constructors of Marathon's Python client 0.13 take; any other breaks it. */
const CLIENT = {
  app: `acceptedResourceRoles args backoffFactor backoffSeconds cmd constraints container cpus dependencies deployments disk env
    executor healthChecks id role instances killSelection labels lastTaskFailure maxLaunchDelaySeconds mem ports requirePorts
    storeUrls taskRateLimit tasks tasksRunning tasksStaged tasksHealthy taskKillGracePeriodSeconds tasksUnhealthy upgradeStrategy
    unreachableStrategy uris user version versionInfo ipAddress fetch taskStats readinessChecks readinessCheckResults secrets
    portDefinitions residency gpus networks`,
  task: `appId healthCheckResults host id ports servicePorts slaveId stagedAt startedAt version ipAddresses state localVolumes
    region zone role`,
  check: 'alive consecutiveFailures firstSuccess lastFailure lastSuccess taskId lastFailureCause instanceId',
  deployment: 'affectedApps affectedPods currentActions currentStep id steps totalSteps version',
  action: 'action app apps type readinessCheckResults pod',
  group: 'apps dependencies groups id pods version',
  queue: 'app overdue count delay since processedOffersSummary lastUnusedOffers',
  failure: 'appId host message taskId instanceId slaveId state timestamp version',
  mapping: 'name containerPort hostPort servicePort protocol labels',
};
const takes = (kind: keyof typeof CLIENT, json: object | undefined) => {
  const known = CLIENT[kind].split(/\s+/);
  expect(Object.keys(json ?? {}).filter((key) => !known.includes(key))).toEqual([]);
};

const instance = (fields: Partial<Instance> = {}): Instance => ({
  id: 'a.instance-1._app.2',
  app: '/a',
  version: T0,
  state: 'running',
  ready: true,
  healthy: null,
  host: '127.0.0.1',
  ports: [31_000],
  stagedAt: T0,
  startedAt: T1,
  since: T1,
  healthCheckResults: [],
  readinessResults: [],
  ...fields,
});
const put = (root: Root, json: unknown, now: string) =>
  applyChange(root, { kind: 'updateApps', apps: [parseApp(json)], partial: false, create: true }, { now });

describe('apps', () => {
  it('what is shown and written back changes nothing', () => {
    fc.assert(
      fc.property(appArbitrary, (json) => {
        const root = put(rootOf([]), json, T1);
        for (const each of root.apps.values()) {
          const shown = JSON.parse(JSON.stringify(appJson(each)));
          takes('app', shown);
          for (const mapping of shown.container?.portMappings ?? []) takes('mapping', mapping);
          expect(put(root, shown, T2)).toBe(root);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a revert undoes any change', () => {
    fc.assert(
      fc.property(
        fc.array(appArbitrary, { maxLength: 4 }),
        fc.array(appArbitrary, { minLength: 1, maxLength: 4 }),
        (first, second) => {
          const before = first.reduce((root, json) => put(root, json, T1), rootOf([]));
          const after = second.reduce((root, json) => put(root, json, T2), before);
          const ids = [...before.apps.keys(), ...after.apps.keys()];
          const stored = new Map(ids.map((id) => [id, before.apps.get(id) ?? null]));
          const changes = changeSet(before, after);
          const back = applyChange(after, { kind: 'revert', deployment: 'd' }, { now: T3, stored, changes });
          const definitions = (root: Root) =>
            [...root.apps.values()]
              .map((each) => ({
                ...each,
                version: '',
                versionInfo: { run: each.versionInfo.lastConfigChangeAt },
              }))
              .sort((a, b) => (a.id < b.id ? -1 : 1));
          expect(definitions(back)).toEqual(definitions(before));
          expect([...back.groups.keys()].sort()).toEqual([...before.groups.keys()].sort());
        },
      ),
      { numRuns: 100 },
    );
  });

  it('shows limits of those that state them only, as the strict client fails on the key', () => {
    const resourceLimits = { cpus: 'unlimited', mem: 256 } as const;
    const root = put(rootOf([]), { id: '/a', cmd: 'x', resourceLimits }, T1);
    const [limited] = root.apps.values();
    expect(limited && appJson(limited)).toMatchObject({ resourceLimits });
    expect(limited && put(root, JSON.parse(JSON.stringify(appJson(limited))), T2)).toBe(root);
    expect(appJson(app('/a'))).not.toHaveProperty('resourceLimits');
  });

  it('takes `stateful`, and shows it to no client of Marathon', () => {
    expect(parseApp({ id: '/a', cmd: 'run', stateful: true })).toMatchObject({ stateful: true });
    expect(appJson(app('/a', { stateful: true }))).not.toHaveProperty('stateful');
  });

  it('leaves out what is empty or not stated, and what is not Marathon', () => {
    const shown = appJson(
      app('/a', { release: { pauseMode: 'first' }, hooks: { preStop: { command: 'x' } } }),
    );
    for (const key of [
      'args',
      'constraints',
      'dependencies',
      'env',
      'fetch',
      'healthChecks',
      'secrets',
      'user',
      'release',
      'hooks',
      'uris',
      'ports',
    ]) {
      expect(shown).not.toHaveProperty(key);
    }
    expect(shown).toMatchObject({
      upgradeStrategy: { minimumHealthCapacity: 1 },
      networks: [{ mode: 'host' }],
      labels: {},
    });
    expect(shown.upgradeStrategy).not.toHaveProperty('maximumOverCapacity');
  });

  it('a command check is shown as an object, a port check with all that marathon-lb requires', () => {
    const { healthChecks } = parseApp({
      id: '/a',
      healthChecks: [{ protocol: 'COMMAND', command: { value: 'true' } }, { protocol: 'TCP' }],
    });
    expect(appJson(app('/a', { healthChecks: healthChecks ?? [] })).healthChecks).toMatchObject([
      { protocol: 'COMMAND', command: { value: 'true' } },
      {
        protocol: 'TCP',
        portIndex: 0,
        timeoutSeconds: 20,
        intervalSeconds: 60,
        gracePeriodSeconds: 300,
        maxConsecutiveFailures: 3,
      },
    ]);
  });

  it('AppInfo holds what it is given, in keys that the client takes', () => {
    const failure = {
      app: '/a',
      instance: 'a.instance-1._app.1',
      host: 'h',
      message: 'exit 1',
      state: 'failed',
      at: T1,
      version: T0,
    } as const;
    const results = [
      { name: 'r', ready: false, lastResponse: { status: 503, contentType: 'text/plain', body: '' } },
    ];
    const instances = [
      instance({ readinessResults: results, healthy: true }),
      instance({ version: T2, state: 'staging' }),
    ];
    const info = appInfoJson(app('/a'), {
      counts: { staged: 1, running: 2, healthy: 1, unhealthy: 0 },
      deployments: ['d'],
      instances,
      readiness: instances,
      lastTaskFailure: failure,
      taskStats: { instances, now: T3 },
    });
    takes('app', info);
    takes('failure', info.lastTaskFailure);
    expect(info).toMatchObject({
      tasksStaged: 1,
      tasksRunning: 2,
      deployments: [{ id: 'd' }],
      readinessCheckResults: [{ name: 'r', taskId: 'a.instance-1._app.2', ready: false }],
      lastTaskFailure: { state: 'TASK_FAILED', taskId: 'a.instance-1._app.1', instanceId: 'a.instance-1' },
      taskStats: {
        totalSummary: {
          stats: {
            counts: { staged: 1, running: 1, healthy: 1 },
            lifeTime: { averageSeconds: 2, medianSeconds: 2 },
          },
        },
        withLatestConfig: { stats: { counts: { running: 1 } } },
        withOutdatedConfig: { stats: { counts: { staged: 1 } } },
      },
    });
  });
});

describe('tasks', () => {
  const checked = app('/a', { healthChecks: parseApp({ id: '/a', healthChecks: [{}] }).healthChecks ?? [] });

  it('has service ports, and health results only where there are checks', () => {
    const shown = taskJson(
      instance(),
      put(rootOf([]), { id: '/a', cmd: 'x', ports: [9000] }, T1).apps.get('/a') ?? checked,
    );
    expect(shown).toMatchObject({ servicePorts: [9000], ports: [31_000], state: 'TASK_RUNNING' });
    expect(shown).not.toHaveProperty('healthCheckResults');
    const result = { alive: true, consecutiveFailures: 0, lastSuccess: T1 };
    const withResult = taskJson(instance({ healthCheckResults: [result] }), checked);
    takes('task', withResult);
    takes('check', withResult.healthCheckResults?.[0]);
    expect(withResult.healthCheckResults).toEqual([{ ...result, instanceId: 'a.instance-1' }]);
  });
});

describe('groups', () => {
  const root = rootOf([app('/g/a'), app('/g/s/b'), app('/gx/c'), app('/d')], { '/g/s': ['/d'] });

  it('nests apps and groups, and only those below it', () => {
    const shown = groupJson(root, '/g');
    takes('group', shown);
    expect(shown).toMatchObject({
      id: '/g',
      apps: [{ id: '/g/a' }],
      pods: [],
      groups: [{ id: '/g/s', apps: [{ id: '/g/s/b' }], dependencies: ['/d'] }],
    });
    expect(groupJson(root, '/')?.groups?.map((each) => each.id)).toEqual(['/g', '/gx']);
    expect(groupJson(root, '/none')).toBeUndefined();
  });

  it('shows what is asked for', () => {
    expect(groupJson(root, '/g', { apps: false, groups: true })).not.toHaveProperty('apps');
    const only = groupJson(root, '/g', { apps: true, groups: false, app: ({ id }) => ({ only: id }) });
    expect(only).toMatchObject({ apps: [{ only: '/g/a' }] });
    expect(only).not.toHaveProperty('groups');
  });
});

describe('deployments', () => {
  const action = { action: 'ScaleApplication', app: '/a', state: 'running', description: '1 of 2' } as const;
  const readiness = [{ instance: 'i', results: [{ name: 'r', ready: true }] }];
  const deployment = {
    id: 'd',
    version: T0,
    affectedApps: ['/a'],
    steps: [
      { actions: [{ ...action, action: 'StartApplication' as const }] },
      { actions: [{ ...action, readiness }] },
    ],
    totalSteps: 2,
  };

  it('has exactly the keys of Marathon', () => {
    const shown = deploymentJson({ ...deployment, currentStep: 2 });
    takes('deployment', shown);
    for (const each of shown.currentActions) takes('action', each);
    expect(shown.steps).toEqual([
      { actions: [{ action: 'StartApplication', app: '/a' }] },
      { actions: [{ action: 'ScaleApplication', app: '/a' }] },
    ]);
    expect(shown.currentActions).toEqual([
      {
        action: 'ScaleApplication',
        app: '/a',
        readinessCheckResults: [{ name: 'r', taskId: 'i', ready: true }],
      },
    ]);
  });

  it('does nothing before its first step', () => {
    expect(deploymentJson({ ...deployment, currentStep: 0 }).currentActions).toEqual([]);
  });
});

describe('queue', () => {
  const entry = { app: '/a', version: T0, count: 2, since: T1, description: '', missing: [] };
  const apps = rootOf([app('/a')]).apps;

  it('row 25: backing off', () => {
    const { queue } = queueJson([{ ...entry, reason: 'backoff', until: T3 }], apps, T1);
    takes('queue', queue[0]);
    expect(queue).toMatchObject([
      { count: 2, delay: { timeLeftSeconds: 2, overdue: false }, since: T1, app: { id: '/a' } },
    ]);
  });

  it('row 137: no room', () => {
    const { queue } = queueJson(
      [
        { ...entry, reason: 'resources', missing: ['InsufficientCpus'] },
        { ...entry, app: '/gone', reason: 'resources' },
      ],
      apps,
      T1,
    );
    expect(queue).toHaveLength(1);
    expect(queue[0]?.delay).toEqual({ timeLeftSeconds: 0, overdue: true });
    const reasons = queue[0]?.processedOffersSummary.rejectSummaryLastOffers.filter(
      (each) => each.declined > 0,
    );
    expect(reasons).toEqual([{ reason: 'InsufficientCpus', declined: 1, processed: 1 }]);
  });
});
