import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../../src/errors.js';
import { parseApp, parseApps } from '../../../src/formats/marathon/parse-app.js';
import { parseAppChange, parseGroupChange } from '../../../src/formats/marathon/parse-change.js';
import { parseGroup } from '../../../src/formats/marathon/parse-group.js';
import type { App } from '../../../src/model/app.js';
import { applyChange } from '../../../src/model/apply-change.js';
import { rootOf, T0, T1 } from '../../model/fixtures.js';

const refusal = (act: () => unknown): TerminalError => {
  try {
    act();
  } catch (error) {
    if (error instanceof TerminalError) return error;
    throw error;
  }
  throw new Error('was not refused');
};
const details = (act: () => unknown) => refusal(act).extra.details;
const created = (json: unknown): App => {
  const root = applyChange(rootOf([]), { kind: 'createApp', app: parseApp(json) }, { now: T1 });
  const [app] = root.apps.values();
  if (!app) throw new Error('no app');
  return app;
};

describe('both forms', () => {
  it('row 92: ports become port definitions; row 35: 0 becomes a service port', () => {
    expect(
      created({ id: '/a', cmd: 'x', ports: [1000, 1001] }).portDefinitions.map((each) => each.port),
    ).toEqual([1000, 1001]);
    expect(created({ id: '/a', cmd: 'x', ports: [0] }).portDefinitions[0]?.port).toBe(10_000);
  });

  it('uris become fetch, unpacked where they are archives', () => {
    const { fetch } = parseApp({ id: '/a', uris: ['http://h/a.tar.gz', 'http://h/a.jar'] });
    expect(fetch).toEqual([
      { uri: 'http://h/a.tar.gz', extract: true, executable: false, cache: false },
      { uri: 'http://h/a.jar', extract: false, executable: false, cache: false },
    ]);
  });

  it('the network of docker and its mappings become those of the app', () => {
    const docker = { image: 'i', network: 'BRIDGE', portMappings: [{ containerPort: 80 }] };
    const app = created({ id: '/a', container: { docker } });
    expect(app.networks).toEqual([{ mode: 'container/bridge', labels: {} }]);
    expect(app.container).toMatchObject({
      type: 'DOCKER',
      docker: { image: 'i', privileged: false },
      portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10_000 }],
    });
    expect(app.portDefinitions).toEqual([]);
  });

  it('an ipAddress becomes a network', () => {
    const docker = { image: 'i', network: 'USER' };
    const { networks } = parseApp({ id: '/a', container: { docker }, ipAddress: { networkName: 'net' } });
    expect(networks).toEqual([{ mode: 'container', name: 'net', labels: {} }]);
  });

  it.each([
    [{ uris: ['x'], fetch: [{ uri: 'y' }] }, 'cannot specify both uris and fetch fields'],
    [{ ports: [1], portDefinitions: [{ port: 2 }] }, 'cannot specify both ports and port definitions'],
    [
      { container: { portMappings: [], docker: { image: 'i', portMappings: [{}] } } },
      'cannot specify both portMappings and docker.portMappings',
    ],
    [{ networks: [{}], ipAddress: {} }, 'cannot specify both networks and ipAddress'],
  ])('%j is refused', (fields, text) => {
    expect(JSON.stringify(details(() => parseApp({ id: '/a', ...fields })))).toContain(text);
  });

  it('what says the same twice is taken', () => {
    const app = parseApp({
      id: '/a',
      uris: ['x'],
      fetch: [{ uri: 'x' }],
      ports: [1],
      portDefinitions: [{ port: 1, name: 'n' }],
    });
    expect([app.fetch?.length, app.portDefinitions?.[0]?.name]).toEqual([1, 'n']);
  });

  it('what Marathon before 1.5 shows of an app in a bridge is taken as it is', () => {
    const docker = {
      image: 'i',
      network: 'BRIDGE',
      portMappings: [{ containerPort: 80, servicePort: 9001 }],
      parameters: null,
    };
    const shown = {
      id: '/a',
      ports: [9001],
      portDefinitions: [{ port: 9001 }],
      uris: [],
      fetch: [],
      storeUrls: [],
      ipAddress: null,
    };
    const app = created({ ...shown, container: { type: 'DOCKER', docker, volumes: [] } });
    expect([app.portDefinitions, app.container?.portMappings?.[0]?.servicePort]).toEqual([[], 9001]);
  });

  it('apps with data are rolled and given up by their own defaults', () => {
    const volumes = [{ containerPath: 'data', persistent: { size: 10 } }];
    const app = created({ id: '/a', cmd: 'x', container: { volumes } });
    expect(app.upgradeStrategy).toEqual({ minimumHealthCapacity: 0.5, maximumOverCapacity: 0 });
    expect(app.unreachableStrategy).toBe('disabled');
  });

  it('empty lists state nothing', () => {
    const app = created({ id: '/a', cmd: 'x', args: [], networks: [], uris: [], fetch: [{ uri: 'y' }] });
    expect(app).toMatchObject({ cmd: 'x', networks: [{ mode: 'host' }], fetch: [{ uri: 'y' }] });
    expect(app).not.toHaveProperty('args');
  });

  it('what Marathon adds on the way out is ignored on the way in, null is absent', () => {
    const added = {
      version: T0,
      versionInfo: {},
      tasksRunning: 1,
      tasks: [],
      deployments: [],
      lastTaskFailure: {},
      taskStats: {},
    };
    expect(parseApp({ id: '/a', cmd: 'x', args: null, role: '*', ...added })).toEqual({ id: '/a', cmd: 'x' });
  });
});

describe('ids', () => {
  it.each([
    ['relative', {}, '/relative'],
    ['child', { base: '/parent' }, '/parent/child'],
    ['/ignored', { id: '/url' }, '/url'],
  ])('%s in %j is %s', (id, place, wanted) => {
    expect(parseApp({ id, cmd: 'x' }, place).id).toBe(wanted);
  });

  it.each([
    ['/A', 'must fully match regular expression'],
    ['/a_b', 'must fully match regular expression'],
    ['/a-', 'must fully match regular expression'],
    [
      '/a/restart',
      'must not end with any of the following reserved keywords: restart, tasks, versions, ., ..',
    ],
    ['/', 'Path must contain at least one path element'],
    [`/${'a'.repeat(300)}`, 'must not be longer than 200 characters'],
  ])('%s is refused', (id, text) => {
    expect(details(() => parseApp({ id, cmd: 'x' }))).toMatchObject([
      { path: '/id', errors: [expect.stringContaining(text)] },
    ]);
  });

  it('dots within a segment are fine, and relative dependencies are made absolute', () => {
    expect(parseApp({ id: '/g/a.b-1', dependencies: ['../db', '/x', '/x'] }).dependencies).toEqual([
      '/g/db',
      '/x',
    ]);
  });
});

describe('errors', () => {
  it('wrong types are invalid JSON, all of them and by path', () => {
    const error = refusal(() =>
      parseApp({ id: 1, cmd: [], instances: '2', env: { A: 1 }, ports: {}, container: [] }),
    );
    expect(error).toMatchObject({ status: 422, message: 'Invalid JSON' });
    expect(error.extra.details).toEqual(
      [
        { path: '/id', errors: ['error.expected.jsstring'] },
        { path: '/cmd', errors: ['error.expected.jsstring'] },
        { path: '/instances', errors: ['error.expected.jsnumber'] },
        { path: '/env/A', errors: ['error.expected.jsstring'] },
        { path: '/container', errors: ['error.expected.jsobject'] },
        { path: '/ports', errors: ['error.expected.jsarray'] },
      ].sort((a, b) => order(a.path) - order(b.path)),
    );
  });
  const paths = ['/id', '/cmd', '/instances', '/env/A', '/ports', '/container'];
  const order = (path: string) => paths.indexOf(path);

  it.each([
    [{}, 'Invalid JSON', '/id', 'error.path.missing'],
    [{ id: '/a', instances: 0.1 }, 'Invalid JSON', '/instances', 'error.expected.int'],
    [{ id: '/a', instances: -1 }, 'Object is not valid', '/instances', 'got -1, expected 0 or more'],
    [
      { id: '/a', instances: 1e9 },
      'Object is not valid',
      '/instances',
      'got 1000000000, expected 100000 or less',
    ],
    [{ id: '/a', cpus: -0.1 }, 'Object is not valid', '/cpus', 'got -0.1, expected 0 or more'],
    [
      { id: '/a', hooks: { preStop: { http: { port: 1, portIndex: 0 } } } },
      'Object is not valid',
      '/hooks/preStop/http',
      'may only have one of port, portIndex and portName',
    ],
    [
      { id: '/a', resourceLimits: { mem: 0 } },
      'Object is not valid',
      '/resourceLimits/mem',
      'must be above 0, or "unlimited"',
    ],
    [
      { id: '/a', resourceLimits: { mem: 'none' } },
      'Object is not valid',
      '/resourceLimits/mem',
      'is not one of (unlimited)',
    ],
    [{ id: '/a', mem: JSON.parse('1e999') }, 'Invalid JSON', '/mem', 'error.expected.jsnumber'],
    [
      { id: '/a', killSelection: 'X' },
      'Object is not valid',
      '/killSelection',
      'is not one of (YOUNGEST_FIRST, OLDEST_FIRST)',
    ],
    [
      { id: '/a', upgradeStrategy: { minimumHealthCapacity: 1.5 } },
      'Object is not valid',
      '/upgradeStrategy/minimumHealthCapacity',
      'got 1.5, expected 1 or less',
    ],
    [
      { id: '/a', instancse: 1 },
      'Object is not valid',
      '/instancse',
      "is not a known field: did you mean 'instances'?",
    ],
    [
      { id: '/a', release: { strategy: { type: 'rolling', maxSurge: 1, maxUnavilable: 1 } } },
      'Object is not valid',
      '/release/strategy/maxUnavilable',
      "is not a known field: did you mean 'maxUnavailable'?",
    ],
    [{ id: '/a', quux: 1 }, 'Object is not valid', '/quux', 'is not a known field'],
    [
      { id: '/a', release: { strategy: { type: 'swift' } } },
      'Object is not valid',
      '/release/strategy/type',
      'is not one of (marathon, rolling, recreate, batches, canary, blueGreen)',
    ],
    [
      { id: '/a', constraints: [['hostname', 'NEAR']] },
      'Object is not valid',
      '/constraints(0)',
      'operator is not one of',
    ],
    [
      { id: '/a', healthChecks: [{ protocol: 'COMMAND' }] },
      'Object is not valid',
      '/healthChecks(0)',
      'must have a command',
    ],
    [
      { id: '/a', unreachableStrategy: 'off' },
      'Object is not valid',
      '/unreachableStrategy',
      'is not one of (disabled)',
    ],
    [
      { id: '/a', fetch: [{ uri: 'x', checksum: 'md5' }] },
      'Object is not valid',
      '/fetch(0)/checksum',
      'sha256:',
    ],
  ])('%j', (json, message, path, text) => {
    const error = refusal(() => parseApp(json));
    expect([error.status, error.message]).toEqual([422, message]);
    expect(error.extra.details).toEqual([{ path, errors: [expect.stringContaining(text)] }]);
  });

  it.each([
    [{ container: { type: 'DOCKER' } }, '/container/docker', 'not defined'],
    [
      { cmd: 'x', hooks: { preStop: { http: { portName: 'admin' } } } },
      '/hooks/preStop/http',
      "port 'admin' is not among the ports of the app",
    ],
    [
      { cmd: 'x', hooks: { postStart: { http: { portIndex: 1 } } } },
      '/hooks/postStart/http',
      'port index 1 is not among the ports of the app',
    ],
    [
      { cmd: 'x', mem: 256, resourceLimits: { cpus: 1, mem: 128 } },
      '/resourceLimits/mem',
      '(128) must be at least mem, which is 256',
    ],
    [
      { cmd: 'x', resourceLimits: { cpus: 0.5, mem: 'unlimited' } },
      '/resourceLimits/cpus',
      '(0.5) must be at least cpus, which is 1',
    ],
    [
      { cmd: 'x', healthChecks: [{ portIndex: 1 }] },
      '/healthChecks(0)',
      'Health check port indices must address an element of the ports array or container port mappings.',
    ],
    [
      { cmd: 'x', readinessChecks: [{ portName: 'y' }] },
      '/readinessChecks(0)',
      'No port definition reference for portName y',
    ],
    [
      { cmd: 'x', portDefinitions: [{ name: 'a' }, { name: 'a' }] },
      '/portDefinitions',
      'Port names must be unique.',
    ],
    [{ cmd: 'x', ports: [5, 5] }, '/portDefinitions', 'Ports must be unique.'],
    [
      { cmd: 'x', unreachableStrategy: { inactiveAfterSeconds: 2, expungeAfterSeconds: 1 } },
      '/unreachableStrategy',
      'inactiveAfterSeconds (2) must be less or equal to expungeAfterSeconds, which is 1',
    ],
    [
      { cmd: 'x', networks: [{ mode: 'container' }], portDefinitions: [{ port: 1 }] },
      '/portDefinitions',
      'portDefinitions are only allowed with host-networking',
    ],
    [
      { cmd: 'x', networks: [{ mode: 'host' }, { mode: 'container' }] },
      '/networks',
      'host-networking may not be combined with other networks',
    ],
    [
      { container: { docker: { image: 'i' }, portMappings: [{}] } },
      '/container/portMappings',
      'portMappings are not allowed with host-networking',
    ],
  ])('row 85 and others, of the complete app: %j', (fields, path, text) => {
    expect(details(() => created({ id: '/a', ...fields }))).toContainEqual({ path, errors: [text] });
  });

  it('a list says which app', () => {
    expect(details(() => parseApps([{ id: '/a' }, { id: 7 }]))).toEqual([
      { path: '(1)/id', errors: ['error.expected.jsstring'] },
    ]);
    expect(details(() => parseApps([{ id: '/a' }, { id: 'a' }]))).toMatchObject([{ path: '(1)/id' }]);
  });
});

describe('groups', () => {
  it('row 82: a relative id is not doubled', () => {
    expect(parseGroup({ id: 'relative' }, '/').id).toBe('/relative');
    expect(parseGroup({ id: 'child' }, '/parent').id).toBe('/parent/child');
    expect(parseGroup({}, '/parent').id).toBe('/parent');
  });

  it('row 83: an app belongs directly into its group', () => {
    const bad = { id: 'sub', apps: [{ id: 'lol/bibi', cmd: 'x' }] };
    expect(details(() => parseGroup(bad, '/foo'))).toEqual([
      { path: '/apps(0)/id', errors: ["Identifier is not child of '/foo/sub'"] },
    ]);
  });

  it('row 53: relative dependencies come back absolute', () => {
    const group = parseGroup(
      {
        id: '/test',
        groups: [
          { id: 'db', apps: [{ id: 'db1', cmd: 'x' }] },
          { id: 'service', apps: [{ id: 'service1', cmd: 'x', dependencies: ['../db/db1'] }] },
          { id: 'frontend', dependencies: ['../service'] },
        ],
      },
      '/',
    );
    expect(group.groups?.[1]?.apps?.[0]?.dependencies).toEqual(['/test/db/db1']);
    expect(group.groups?.[2]?.dependencies).toEqual(['/test/service']);
  });

  it('the three ways of PUT exclude each other', () => {
    expect(parseGroupChange({ version: T0 }, '/g')).toEqual({ kind: 'rollbackGroup', id: '/g', version: T0 });
    expect(parseGroupChange({ scaleBy: 1.5 }, '/g')).toEqual({ kind: 'scaleGroup', id: '/g', factor: 1.5 });
    expect(parseGroupChange({ id: 'other', apps: [] }, '/g')).toEqual({
      kind: 'updateGroup',
      group: { id: '/g', apps: [] },
    });
    const text = 'not allowed in conjunction with other properties.';
    expect(details(() => parseGroupChange({ scaleBy: 2, apps: [] }, '/g'))).toEqual([
      { path: '/scaleBy', errors: [text] },
    ]);
    expect(details(() => parseGroupChange({ version: T0, apps: [] }, '/g'))).toEqual([
      { path: '/version', errors: [text] },
    ]);
  });

  it('PUT of an app is a rollback only with a version alone', () => {
    const options = { partial: true, create: true };
    expect(parseAppChange({ id: 'x', version: '2015-09-29T15:59:51.164Z' }, '/a', options)).toMatchObject({
      kind: 'rollbackApp',
    });
    expect(parseAppChange({ instances: 2, version: T0 }, '/a', options)).toMatchObject({
      apps: [{ id: '/a', instances: 2 }],
    });
    expect(refusal(() => parseAppChange({ version: 'soon' }, '/a', options)).message).toBe(
      "Invalid timestamp provided 'soon'. Expecting ISO-8601 datetime string.",
    );
  });
});

const EXAMPLES = new URL('./examples/', import.meta.url);
describe('definitions as users bring them', () => {
  it.each(readdirSync(EXAMPLES))('%s is taken, and what it depends on is there', (name) => {
    const json: unknown = JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8'));
    const group = name.includes('basic') ? { id: '/', apps: [parseApp(json)] } : parseGroup(json, '/');
    const root = applyChange(rootOf([]), { kind: 'updateGroup', group }, { now: T1 });
    for (const app of root.apps.values())
      for (const id of app.dependencies) expect(root.apps.has(id)).toBe(true);
    expect(root.apps.size).toBeGreaterThan(0);
  });
});

describe('hostile input', () => {
  it('never throws anything but a TerminalError', () => {
    const names = [
      'id',
      'cmd',
      'apps',
      'groups',
      'container',
      'docker',
      'env',
      'release',
      'strategy',
      'healthChecks',
      'ports',
      'fetch',
    ];
    const key = fc.oneof(fc.constantFrom(...names), fc.string());
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom('/a', '../a', '2015-09-29T15:59:51.164Z', 0, -1, 1e9),
        fc.dictionary(key, tie('json'), { maxKeys: 5 }),
        fc.array(tie('json'), { maxLength: 3 }),
      ),
    }));
    const options = { partial: true, create: true };
    const ways: ((input: unknown) => unknown)[] = [
      (input) => created(input),
      (input) => parseApps(input),
      (input) => parseGroup(input, '/g'),
      (input) => parseGroupChange(input, '/g'),
      (input) => parseAppChange(input, '/a', options),
    ];
    fc.assert(
      fc.property(json, (input) => {
        for (const way of ways) {
          try {
            way(input);
          } catch (error) {
            expect(error).toBeInstanceOf(TerminalError);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses names that reach for the prototype, and endless nesting', () => {
    for (const text of [
      '{"id":"/a","__proto__":{"x":1}}',
      '{"id":"/a","env":{"__proto__":"x"}}',
      '{"id":"/a","constructor":{"prototype":{}}}',
    ]) {
      expect(refusal(() => parseApp(JSON.parse(text))).status).toBe(422);
    }
    const deep = JSON.parse(`${'{"groups":['.repeat(5_000)}${']}'.repeat(5_000)}`);
    expect(refusal(() => parseGroup(deep, '/')).status).toBe(422);
    expect(refusal(() => parseGroupChange(deep, '/g')).status).toBe(422);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});
