import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/formats/manifest.js';
import { applied, fixture, left, only, refused, updatesOf } from '../helpers.js';

const CONTAINER = '/spec/template/spec/containers(0)';

interface Given {
  spec?: object;
  pod?: object;
  container?: object;
  top?: object;
  rolling?: object;
}

const object = ({ spec, pod, container, top, rolling }: Given = {}) => ({
  apiVersion: 'v4',
  kind: 'deployment',
  metadata: { name: 'web', namespace: 'defaultGroup' },
  spec: {
    ...(rolling && { strategy: { type: 'RollingUpdate', rollingupdate: rolling } }),
    ...spec,
    template: { spec: { containers: [{ image: 'web:1', ...container }], networkMode: 'BRIDGE', ...pod } },
  },
  ...top,
});
const app = (given: Given) => only(object(given));

describe('the example', () => {
  const manifest = parseManifest(fixture('bcs-deployment.json'));

  it('is an app with its rolling update, constraint and limits', () => {
    expect(updatesOf(manifest)).toMatchObject([
      {
        id: '/web',
        instances: 2,
        args: ['python', '-m', 'http.server', '8000'],
        cpus: 0.5,
        mem: 512,
        labels: { appname: 'web' },
        constraints: [['hostname', 'UNIQUE']],
        networks: [{ mode: 'container/bridge' }],
        container: {
          type: 'MESOS',
          docker: { image: 'registry.example.com/demo/web:v1.1.0', forcePullImage: true },
          portMappings: [{ containerPort: 8000, name: 'http', protocol: 'tcp' }],
        },
        release: {
          strategy: {
            type: 'rolling',
            maxSurge: 1,
            maxUnavailable: 1,
            order: 'CreateFirst',
            intervalSeconds: 60,
            manual: false,
          },
        },
      },
    ]);
    expect(applied(manifest.change).get('/web')?.instances).toBe(2);
  });

  it('lists what was not carried over', () => {
    expect(manifest.notCarriedOver.map(({ path }) => path).sort()).toEqual([
      `${CONTAINER}/command`,
      `${CONTAINER}/ports(0)/protocol`,
      '/spec/template/spec/networktype',
    ]);
  });
});

describe('what an object says', () => {
  it('bounds of 0 and absent ones are 1, as BCS has it', () => {
    expect(app({ rolling: { maxSurge: 0 } }).release?.strategy).toEqual({
      type: 'rolling',
      maxSurge: 1,
      maxUnavailable: 1,
    });
  });

  it("BCS's own spelling of maxUnavailable is taken, and told", () => {
    const given = { rolling: { maxUnavilable: 3, maxSurge: 2 } };
    expect(app(given).release?.strategy).toMatchObject({ maxUnavailable: 3, maxSurge: 2 });
    expect(left(object(given))['/spec/strategy/rollingupdate/maxUnavilable']).toMatch(
      /did you mean 'maxUnavailable'/,
    );
  });

  it('names count in any case', () => {
    const given = {
      spec: { Instance: 4, strategy: { type: 'RollingUpdate', rollingUpdate: { maxsurge: 2 } } },
    };
    expect(app(given)).toMatchObject({ instances: 4, release: { strategy: { maxSurge: 2 } } });
    expect(left(object({ pod: { networkType: 'cni' } }))).toHaveProperty(['/spec/template/spec/networkType']);
  });

  it.each([
    [{ name: 'zone', operate: 'CLUSTER', type: 3, text: { value: 'a' } }, [['zone', 'CLUSTER', 'a']]],
    [{ name: 'hostname', operate: 'MAXPER', type: 3, text: { value: '2' } }, [['hostname', 'MAX_PER', '2']]],
    [
      { name: 'InnerIP', operate: 'LIKE', type: 4, set: { item: ['10.1.*', '10.2.*'] } },
      [['hostname', 'LIKE', '10.1.*|10.2.*']],
    ],
    [{ name: 'zone', operate: 'GROUPBY', type: 4, set: { item: ['a', 'b'] } }, [['zone', 'GROUP_BY', '2']]],
    [{ name: 'mem', operate: 'GREATER', type: 1, scalar: { value: 2 } }, []],
  ])('constraint %j', (data, constraints) => {
    const given = { top: { constraint: { IntersectionItem: [{ unionData: [data] }] } } };
    expect(app(given).constraints).toEqual(constraints);
    expect(Object.keys(left(object(given)))).toHaveLength(constraints.length === 0 ? 1 : 0);
  });

  it('alternatives of constraints are listed', () => {
    const unionData = [1, 2].map((n) => ({ name: `zone-${n}`, operate: 'UNIQUE' }));
    const given = { top: { constraint: { IntersectionItem: [{ unionData }] } } };
    expect(app(given).constraints).toEqual([]);
    expect(left(object(given))).toHaveProperty(['/constraint/IntersectionItem(0)/unionData']);
  });

  it('health checks, volumes, kill policy, network of the host', () => {
    const given = {
      top: { killPolicy: { gracePeriod: 7 } },
      pod: { networkMode: 'HOST' },
      container: {
        ports: [{ containerPort: 80, name: 'Web_Port', protocol: 'TCP' }],
        healthChecks: [
          {
            type: 'REMOTE_HTTP',
            intervalSeconds: 3,
            consecutiveFailures: 2,
            http: { portName: 'Web_Port', path: '/h' },
          },
          { type: 'COMMAND', command: { value: 'true' } },
        ],
        volumes: [{ name: 'v', volume: { hostPath: '/a', mountPath: '/b' } }],
      },
    };
    expect(app(given)).toMatchObject({
      taskKillGracePeriodSeconds: 7,
      requirePorts: true,
      portDefinitions: [{ port: 80, name: 'web-port' }],
      healthChecks: [
        { protocol: 'HTTP', path: '/h', portName: 'web-port', intervalSeconds: 3, maxConsecutiveFailures: 2 },
        { protocol: 'COMMAND', command: 'true' },
      ],
      container: { volumes: [{ containerPath: '/b', hostPath: '/a', mode: 'RW' }] },
    });
    expect(left(object(given))).toEqual({});
  });

  it.each([
    [{ limits: { cpu: '1', memory: '64' } }, { cpus: 1, mem: 64 }],
    [{ requests: { memory: '64' } }, { cpus: 0, mem: 64 }],
    [
      { requests: { cpu: '0.5', memory: '64' }, limits: { cpu: '1', memory: '128' } },
      { cpus: 0.5, mem: 64, resourceLimits: { cpus: 1, mem: 128 } },
    ],
  ])(
    'resources %j: what stands alone is the amount, a limit beside a request a limit',
    (resources, expected) => {
      const found = app({ container: { resources } });
      expect({ resourceLimits: undefined, ...found }).toMatchObject({
        resourceLimits: undefined,
        ...expected,
      });
      expect(left(object({ container: { resources } }))).toEqual({});
    },
  );

  it('a namespace becomes a group in lower case, which is told', () => {
    const given = { top: { metadata: { name: 'web', namespace: 'TeamA' } } };
    expect(app(given).id).toBe('/teama/web');
    expect(left(object(given))).toHaveProperty(['/metadata/namespace']);
  });
});

describe('what is wrong', () => {
  it.each<[object, string, RegExp]>([
    [object({ top: { kind: 'service' } }), '/kind', /deployment and application are/],
    [object({ spec: { instance: '2' } }), '/spec/instance', /whole number/],
    [
      object({ container: { resources: { limits: { cpu: 'much' } } } }),
      `${CONTAINER}/resources/limits/cpu`,
      /"0.5"/,
    ],
    [
      object({ rolling: { rollingOrder: 'Both' } }),
      '/spec/strategy/rollingupdate/rollingOrder',
      /CreateFirst, DeleteFirst/,
    ],
    [object({ container: { healthChecks: [{}] } }), `${CONTAINER}/healthChecks(0)/type`, /COMMAND/],
  ])('%#: refused at %s', (given, path, error) => {
    expect(refused(() => only(given))[path]?.join()).toMatch(error);
  });

  it.each<[Given, string]>([
    [{ top: { restartPolicy: { policy: 'Never' } } }, '/restartPolicy'],
    [{ container: { secrets: [{}] } }, `${CONTAINER}/secrets`],
    [{ container: { imagePullPasswd: 'x' } }, `${CONTAINER}/imagePullPasswd`],
    [{ spec: { pauseDeployment: true } }, '/spec/pauseDeployment'],
    [{ pod: { networkMode: 'USER' } }, '/spec/template/spec/networkMode'],
  ])('%j is listed at %s', (given, path) => {
    expect(left(object(given))).toHaveProperty([path]);
  });
});
