import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportApp } from '../../src/formats/export.js';
import { FORMS, type Form, parseManifest } from '../../src/formats/manifest.js';
import { parseApp } from '../../src/formats/marathon/parse-app.js';
import type { App } from '../../src/model/app.js';
import type { AppUpdate } from '../../src/model/change.js';
import { applied, fixture, updatesOf } from './helpers.js';
import { extendedAppArbitrary } from './marathon/arbitrary.js';

const read = (app: App, form: Form): AppUpdate => {
  const [found, ...others] = updatesOf(parseManifest(exportApp(app, form).text));
  if (!found || others.length > 0) throw new Error('is not one app');
  return found;
};
const appsIn = (name: string) => [...applied(parseManifest(fixture(name)).change).values()];
const made = (json: object): App => {
  const update = parseApp(json);
  const app = applied({ kind: 'createApp', app: update }).get(update.id);
  if (!app) throw new Error('no app');
  return app;
};
/** Ports of the load balancer are assigned at acceptance, and no form but Marathon's has them. */
const withoutServicePorts = (app: AppUpdate) =>
  JSON.parse(JSON.stringify(app), (key, value) => (key === 'servicePort' ? 0 : value)) as AppUpdate;

describe('written in its own form', () => {
  it.each(['kubernetes-deployment.yaml', 'bcs-deployment.json'])('%s says the same again', (name) => {
    const { form, change } = parseManifest(fixture(name));
    const updates = change.kind === 'updateApps' ? change.apps : [];
    expect(appsIn(name).map((app) => read(app, form))).toEqual(updates);
  });

  it.each([
    'marathon-product.json',
    'marathon-basic.json',
    'kubernetes-deployment.yaml',
    'bcs-deployment.json',
  ])('%s as Marathon JSON gives the same app, and lists nothing', (name) => {
    for (const app of appsIn(name)) {
      expect(exportApp(app, 'marathon').notCarriedOver).toEqual([]);
      expect(applied({ kind: 'createApp', app: read(app, 'marathon') }).get(app.id)).toEqual(app);
    }
  });
});

describe('any app', () => {
  it.each(FORMS)('as %s is taken back, and the second time says the same', (form) => {
    fc.assert(
      fc.property(extendedAppArbitrary, (json) => {
        const app = made(json);
        const once = read(app, form);
        const again = applied({ kind: 'createApp', app: once }).get(once.id);
        expect(again && withoutServicePorts(read(again, form))).toEqual(withoutServicePorts(once));
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a form cannot say is listed', () => {
  const app = made({
    id: '/a/b/c',
    cmd: 'run $PORT0',
    user: 'www',
    fetch: [{ uri: 'http://h/x.tgz' }],
    dependencies: ['/db'],
    constraints: [['rack', 'GROUP_BY']],
    env: { S: { secret: 's' }, T: 't' },
    secrets: { s: { source: 'x' } },
    labels: { HAPROXY_GROUP: 'a,b' },
    healthChecks: [{ protocol: 'TCP' }, { protocol: 'COMMAND', command: 'true' }],
    release: { strategy: { type: 'batches', batches: 3 }, pauseMode: 'first', holdSeconds: 5 },
    backoffSeconds: 9,
    resourceLimits: { mem: 'unlimited' },
    hooks: { postStart: { command: 'x', timeoutSeconds: 5 }, preStop: { http: {} } },
  });
  const common = [
    '/id',
    '/env/S',
    '/user',
    '/fetch',
    '/dependencies',
    '/secrets',
    '/container',
    '/backoffSeconds',
  ].concat(['/release/strategy', '/release/pauseMode', '/release/holdSeconds']);

  it.each<[Form, string[]]>([
    [
      'kubernetes',
      [
        ...common,
        '/labels/HAPROXY_GROUP',
        '/constraints',
        '/healthChecks(1)',
        '/hooks/postStart/timeoutSeconds',
      ],
    ],
    ['bcs', [...common, '/constraints(0)', '/resourceLimits/mem', '/hooks']],
  ])('as %s', (form, paths) => {
    const { notCarriedOver } = exportApp(app, form);
    const found = notCarriedOver.map(({ path }) => path);
    expect(paths.filter((path) => !found.includes(path))).toEqual([]);
    expect(notCarriedOver.every(({ why }) => why.length > 5)).toBe(true);
  });

  it('defaults are not', () => {
    const plain = made({
      id: '/a',
      args: ['x'],
      container: { docker: { image: 'i:1' } },
      portDefinitions: [],
      release: { strategy: { type: 'recreate' } },
    });
    expect(exportApp(plain, 'kubernetes').notCarriedOver).toEqual([]);
    expect(exportApp(plain, 'bcs').notCarriedOver).toEqual([]);
  });
});

describe('Marathon in Kubernetes', () => {
  it('a health check says when an instance is ready, too', () => {
    const app = made({
      id: '/shop/web',
      cmd: 'exec web',
      instances: 4,
      networks: [{ mode: 'container/bridge' }],
      container: { docker: { image: 'web:1' }, portMappings: [{ containerPort: 80, name: 'http' }] },
      healthChecks: [
        { protocol: 'HTTP', path: '/h', gracePeriodSeconds: 75, delaySeconds: 15, intervalSeconds: 30 },
      ],
      upgradeStrategy: { minimumHealthCapacity: 0.6, maximumOverCapacity: 0.2 },
    });
    const { text, notCarriedOver } = exportApp(app, 'kubernetes');
    for (const line of ['namespace: shop', 'replicas: 4', 'maxSurge: 20%', 'maxUnavailable: 40%']) {
      expect(text).toContain(line);
    }
    expect(text).toContain('livenessProbe');
    expect(text).toContain('readinessProbe');
    expect(text).toMatch(/startupProbe:[\s\S]*failureThreshold: 2/);
    expect(notCarriedOver.map(({ path }) => path)).toEqual([
      '/upgradeStrategy',
      '/container/portMappings(0)/servicePort',
    ]);
    expect(read(app, 'kubernetes')).toMatchObject({
      id: '/shop/web',
      cmd: 'exec web',
      healthChecks: [
        { protocol: 'HTTP', path: '/h', portName: 'http', gracePeriodSeconds: 75, delaySeconds: 15 },
      ],
    });
  });
});

describe('a stateful app in Kubernetes', () => {
  const store = (more: object = {}) =>
    made({
      id: '/store',
      args: ['store'],
      stateful: true,
      instances: 5,
      container: {
        docker: { image: 'store:1' },
        volumes: [
          { containerPath: '/var/lib/store', persistent: { size: 512 } },
          { containerPath: '/etc/store', hostPath: '/srv/store', mode: 'RO' },
        ],
      },
      portDefinitions: [],
      ...more,
    });
  const notCarried = (app: App) => exportApp(app, 'kubernetes').notCarriedOver.map(({ path }) => path);

  it('is a StatefulSet whose pods claim what stays with their ordinals', () => {
    const { text, notCarriedOver } = exportApp(store(), 'kubernetes');
    for (const part of ['kind: StatefulSet', 'serviceName: store', 'storage: 512Mi', 'type: RollingUpdate'])
      expect(text).toContain(part);
    expect(text).not.toContain('\n  strategy:');
    expect(notCarriedOver).toEqual([]);
    expect(read(store(), 'kubernetes')).toMatchObject({
      stateful: true,
      release: { strategy: { type: 'rolling', maxSurge: 0, maxUnavailable: 1 } },
      container: {
        volumes: [
          { containerPath: '/etc/store', hostPath: '/srv/store', mode: 'RO' },
          { containerPath: '/var/lib/store', persistent: { size: 512 }, mode: 'RW' },
        ],
      },
    });
  });

  it.each<[string, object, object]>([
    [
      'a stop that somebody opens is a partition',
      { type: 'canary', steps: [{ instances: 2, manual: true }] },
      { type: 'canary', steps: [{ instances: 2, manual: true }] },
    ],
    [
      'a go for each is OnDelete',
      { type: 'rolling', manual: true },
      { type: 'rolling', maxSurge: 0, maxUnavailable: 1, manual: true },
    ],
  ])('%s, and back', (_what, strategy, again) => {
    expect(read(store({ release: { strategy } }), 'kubernetes').release?.strategy).toEqual(again);
  });

  it.each<[object, string[]]>([
    [{ release: { strategy: { type: 'recreate' } } }, ['/release/strategy']],
    [{ release: { strategy: { type: 'batches', batches: 2 } } }, ['/release/strategy']],
    [{ release: { strategy: { type: 'rolling', manual: true } } }, ['/release/strategy/manual']],
    [{ release: { progressDeadlineSeconds: 5 } }, ['/release/progressDeadlineSeconds']],
    [{ upgradeStrategy: { minimumHealthCapacity: 0 } }, ['/upgradeStrategy']],
    [
      {
        container: {
          docker: { image: 'i:1' },
          volumes: [{ containerPath: 'data', persistent: { size: 1 } }],
        },
      },
      ['/container/volumes(0)/containerPath'],
    ],
  ])('%j lists %j', (more, paths) => {
    expect(notCarried(store(more))).toEqual(paths);
  });

  it('any one is taken back, and the second time says the same', () => {
    fc.assert(
      fc.property(extendedAppArbitrary, (json) => {
        const once = read(made({ ...json, stateful: true }), 'kubernetes');
        const again = applied({ kind: 'createApp', app: once }).get(once.id);
        expect(once.stateful).toBe(true);
        expect(again && withoutServicePorts(read(again, 'kubernetes'))).toEqual(withoutServicePorts(once));
      }),
      { numRuns: 60 },
    );
  });

  it('as Marathon JSON it is stateful, as BCS that is listed', () => {
    expect(read(store(), 'marathon')).toMatchObject({ stateful: true });
    expect(exportApp(store(), 'bcs').notCarriedOver.map(({ path }) => path)).toContain('/stateful');
  });
});
