import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/formats/manifest.js';
import { fixture, left, only, refused, updatesOf } from '../helpers.js';

const POD = '/spec/template/spec';
const CONTAINER = `${POD}/containers(0)`;

interface Given {
  spec?: object;
  pod?: object;
  container?: object;
  metadata?: object;
  kind?: string;
}

const object = ({ spec, pod, container, metadata, kind = 'Deployment' }: Given = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', ...metadata },
  spec: {
    ...spec,
    template: { spec: { containers: [{ name: 'web', image: 'web:1', ...container }], ...pod } },
  },
});
/** A StatefulSet whose container mounts a claim of each pod. */
const claiming = (claim: object): Given => {
  const resources = { requests: { storage: '1Gi' } };
  return {
    kind: 'StatefulSet',
    spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources, ...claim } }] },
    container: { volumeMounts: [{ name: 'data', mountPath: '/var/lib/web' }] },
  };
};
const app = (given: Given) => only(object(given));
const listed = (given: Given) => left(object(given));

describe('the example', () => {
  const manifest = parseManifest(fixture('kubernetes-deployment.yaml'));
  const [web, store] = updatesOf(manifest);

  it('is two apps that are released as the objects say', () => {
    expect(web).toMatchObject({
      id: '/web',
      instances: 3,
      args: ['python', '-m', 'http.server', '8000'],
      cpus: 0.1,
      mem: 64,
      resourceLimits: { cpus: 0.5, mem: 128 },
      env: { MODE: 'demo' },
      labels: { app: 'web' },
      taskKillGracePeriodSeconds: 10,
      hooks: { postStart: { command: 'echo started' }, preStop: { command: 'sleep 1' } },
      networks: [{ mode: 'container/bridge' }],
      container: {
        docker: { image: 'registry.example.com/demo/web:v1.1.0', forcePullImage: false },
        portMappings: [{ containerPort: 8000, name: 'http', protocol: 'tcp' }],
      },
      release: {
        strategy: { type: 'rolling', maxSurge: '25%', maxUnavailable: 1 },
        minReadySeconds: 2,
        progressDeadlineSeconds: 120,
        revisionHistoryLimit: 5,
      },
    });
    expect(web).not.toHaveProperty('stateful');
    expect(store).toMatchObject({
      id: '/store',
      stateful: true,
      instances: 3,
      release: { strategy: { type: 'rolling', maxSurge: 0, maxUnavailable: 1 } },
      taskKillGracePeriodSeconds: 30,
    });
  });

  it('liveness is a health check, readiness without HTTP one that never kills', () => {
    const pace = { intervalSeconds: 5, timeoutSeconds: 1, delaySeconds: 1, maxConsecutiveFailures: 3 };
    expect(web?.healthChecks).toMatchObject([
      { protocol: 'HTTP', path: '/', portName: 'http', ...pace },
      {
        protocol: 'COMMAND',
        command: 'test -e /tmp/ready || true',
        intervalSeconds: 2,
        maxConsecutiveFailures: 0,
      },
    ]);
    expect(store?.healthChecks).toMatchObject([
      { protocol: 'TCP', portName: 'tcp', maxConsecutiveFailures: 0 },
    ]);
  });

  it('lists all that was not carried over, and nothing else', () => {
    expect(manifest.notCarriedOver.map(({ path }) => path).sort()).toEqual(
      [
        '(0)/spec/selector',
        `(0)${CONTAINER}/command`,
        `(0)${CONTAINER}/volumeMounts(0)`,
        `(0)${POD}/imagePullSecrets`,
        `(0)${POD}/volumes(0)`,
        '(1)/spec/selector',
        '(1)/spec/serviceName',
      ].sort(),
    );
    expect(manifest.notCarriedOver.every(({ why }) => why.length > 10)).toBe(true);
  });
});

describe('what an object says', () => {
  it('nothing but a name: the defaults of Kubernetes', () => {
    expect(app({})).toMatchObject({
      instances: 1,
      cpus: 0,
      mem: 0,
      release: { strategy: { type: 'rolling', maxSurge: '25%', maxUnavailable: '25%' } },
    });
    expect(listed({})).toEqual({});
  });

  it.each([
    [{ namespace: 'shop' }, '/shop/web'],
    [{ namespace: 'default' }, '/web'],
    [{ name: 'a.b' }, '/a.b'],
  ])('metadata %j is the id %s', (metadata, id) => {
    expect(app({ metadata }).id).toBe(id);
  });

  it.each([
    [{ type: 'Recreate' }, { type: 'recreate' }],
    [{ type: 'RollingUpdate' }, { type: 'rolling', maxSurge: '25%', maxUnavailable: '25%' }],
    [
      { rollingUpdate: { maxSurge: 2, maxUnavailable: '0%' } },
      { type: 'rolling', maxSurge: 2, maxUnavailable: '0%' },
    ],
  ])('strategy %j', (strategy, expected) => {
    expect(app({ spec: { strategy } }).release?.strategy).toEqual(expected);
  });

  it('a StatefulSet that waits for deletions waits for a person', () => {
    const given = { kind: 'StatefulSet', spec: { updateStrategy: { type: 'OnDelete' } } };
    expect(app(given).release?.strategy).toEqual({
      type: 'rolling',
      maxSurge: 0,
      maxUnavailable: 1,
      manual: true,
    });
    expect(listed(given)).toHaveProperty(['/spec/updateStrategy/type']);
  });

  it('a StatefulSet in the order of its pods says nothing else', () => {
    const spec = { podManagementPolicy: 'OrderedReady', updateStrategy: { type: 'RollingUpdate' } };
    expect(app({ kind: 'StatefulSet', spec })).toMatchObject({
      stateful: true,
      release: { strategy: { type: 'rolling', maxSurge: 0, maxUnavailable: 1 } },
    });
    expect(listed({ kind: 'StatefulSet', spec })).toEqual({});
  });

  it('a partition is a stop after the instances beyond it', () => {
    const given = {
      kind: 'StatefulSet',
      spec: { replicas: 5, updateStrategy: { rollingUpdate: { partition: 3 } } },
    };
    expect(app(given).release?.strategy).toEqual({ type: 'canary', steps: [{ instances: 2, manual: true }] });
    expect(listed(given)).toEqual({});
  });

  it('a claim of each pod is a volume that belongs to an instance', () => {
    const given = claiming({ accessModes: ['ReadWriteOnce'] });
    expect(app(given).container?.volumes).toEqual([
      { containerPath: '/var/lib/web', persistent: { size: 1024 }, mode: 'RW' },
    ]);
    expect(listed(given)).toEqual({});
  });

  it.each([
    [
      { preStop: { exec: { command: ['nginx', '-s', 'quit now'] } } },
      { preStop: { command: "nginx -s 'quit now'" } },
    ],
    [{ preStop: { sleep: { seconds: 5 } } }, { preStop: { command: 'sleep 5' } }],
    [
      { postStart: { httpGet: { path: '/warm', port: 'http' } } },
      { postStart: { http: { scheme: 'HTTP', path: '/warm', portName: 'http' } } },
    ],
    [
      { preStop: { httpGet: { port: 8080, scheme: 'HTTPS' } } },
      { preStop: { http: { scheme: 'HTTPS', path: '/', portName: 'http' } } },
    ],
  ])('lifecycle %j', (lifecycle, hooks) => {
    const container = { lifecycle, ports: [{ containerPort: 8080, name: 'http' }] };
    expect(app({ container }).hooks).toEqual(hooks);
    expect(listed({ container })).toEqual({});
  });

  it('a hook that does nothing in Kubernetes is listed, and an empty one refused', () => {
    const paths = listed({ container: { lifecycle: { preStop: { tcpSocket: { port: 1 } } } } });
    expect(paths).toHaveProperty([`${CONTAINER}/lifecycle/preStop/tcpSocket`]);
    const empty = refused(() => app({ container: { lifecycle: { postStart: {} } } }));
    expect(empty[`${CONTAINER}/lifecycle/postStart`]?.join()).toMatch(/exec, httpGet and sleep/);
  });

  it.each([
    [{ requests: { cpu: '1500m', memory: '1Gi' } }, { cpus: 1.5, mem: 1024 }, []],
    [
      { limits: { cpu: 2, memory: '128M' } },
      { cpus: 2, mem: 128e6 / 2 ** 20, resourceLimits: { cpus: 2, mem: 128e6 / 2 ** 20 } },
      [],
    ],
    [{ requests: { cpu: 1 }, limits: { cpu: 2 } }, { cpus: 1, resourceLimits: { cpus: 2 } }, []],
    [{ requests: { cpu: 1, memory: '1Mi' }, limits: { memory: 0 } }, { cpus: 1, mem: 1 }, []],
    [
      { requests: { 'ephemeral-storage': 1 }, limits: { 'ephemeral-storage': 2 } },
      {},
      ['limits/ephemeral-storage'],
    ],
    [{ requests: { 'ephemeral-storage': '10Mi', 'x.io/y': 1 } }, { disk: 10 }, ['requests/x.io/y']],
    [{ limits: { 'nvidia.com/gpu': 1 } }, { gpus: 1 }, []],
  ])('resources %j', (resources, expected, paths) => {
    expect(app({ container: { resources } })).toMatchObject(expected);
    expect(Object.keys(listed({ container: { resources } }))).toEqual(
      paths.map((path) => `${CONTAINER}/resources/${path}`),
    );
  });

  it('a shell as the command is cmd; args alone go to the image', () => {
    expect(app({ container: { command: ['/bin/sh', '-c', 'echo $A'] } })).toMatchObject({ cmd: 'echo $A' });
    const given = { container: { args: ['--port', '80'] } };
    expect(app(given)).toMatchObject({ args: ['--port', '80'] });
    expect(listed(given)).toEqual({});
  });

  it('a port that only a probe names is published, too', () => {
    const { container, healthChecks } = app({
      container: { livenessProbe: { tcpSocket: { port: 9 } }, ports: [{ containerPort: 8 }] },
    });
    expect(container?.portMappings?.map((each) => each.containerPort)).toEqual([8, 9]);
    expect(healthChecks).toMatchObject([{ portIndex: 1 }]);
  });

  it('readiness by HTTP is a readiness check', () => {
    const readinessProbe = { httpGet: { path: '/r', port: 80, scheme: 'HTTPS' }, periodSeconds: 1 };
    const given = { container: { readinessProbe } };
    expect(app(given).readinessChecks).toMatchObject([
      { protocol: 'HTTPS', path: '/r', portName: 'port-80', intervalSeconds: 1, timeoutSeconds: 0.5 },
    ]);
    expect(listed(given)).toHaveProperty([`${CONTAINER}/readinessProbe/timeoutSeconds`]);
  });

  it('readiness that asks what liveness asks is the same health check; a startup probe is its grace', () => {
    const asked = { httpGet: { path: '/', port: 80 } };
    const probes = {
      livenessProbe: asked,
      readinessProbe: asked,
      startupProbe: { ...asked, initialDelaySeconds: 5, periodSeconds: 3, failureThreshold: 10 },
    };
    const found = app({ container: probes });
    expect(found.healthChecks).toMatchObject([{ gracePeriodSeconds: 35, intervalSeconds: 10 }]);
    expect(found.readinessChecks).toBeUndefined();
    expect(listed({ container: probes })).toEqual({});
  });

  it('words of a command are quoted where they must be', () => {
    const livenessProbe = { exec: { command: ['grep', "it's", '/tmp/x'] } };
    expect(app({ container: { livenessProbe } }).healthChecks).toMatchObject([
      { command: "grep 'it'\\''s' /tmp/x" },
    ]);
  });

  it('folders of the host are mounted', () => {
    const given = {
      container: { volumeMounts: [{ name: 'd', mountPath: '/data', readOnly: true }] },
      pod: { volumes: [{ name: 'd', hostPath: { path: '/srv' } }] },
    };
    expect(app(given).container?.volumes).toEqual([{ containerPath: '/data', hostPath: '/srv', mode: 'RO' }]);
    expect(listed(given)).toEqual({});
  });

  it("the host's network means exactly these ports", () => {
    const given = {
      pod: { hostNetwork: true },
      container: { ports: [{ containerPort: 80, protocol: 'UDP' }] },
    };
    expect(app(given)).toMatchObject({
      networks: [{ mode: 'host' }],
      portDefinitions: [{ port: 80, protocol: 'udp' }],
      requirePorts: true,
    });
  });

  it('the objects of a List are released together', () => {
    const items = [object(), object({ metadata: { name: 'api' } }), { apiVersion: 'v1', kind: 'Service' }];
    const manifest = parseManifest(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    expect(updatesOf(manifest).map(({ id }) => id)).toEqual(['/web', '/api']);
    expect(manifest.notCarriedOver.map(({ path }) => path)).toEqual(['/items(2)/kind']);
  });
});

describe('what is listed', () => {
  it.each<[Given, string, RegExp]>([
    [
      { spec: { strategy: { rollingUpdate: { maxUnavilable: 3 } } } },
      '/spec/strategy/rollingUpdate/maxUnavilable',
      /did you mean 'maxUnavailable'/,
    ],
    [{ spec: { replica: 3 } }, '/spec/replica', /did you mean 'replicas'/],
    [{ spec: { paused: true } }, '/spec/paused', /pause/],
    [{ container: { foo: 1 } }, `${CONTAINER}/foo`, /not a known field$/],
    [
      { container: { env: [{ name: 'A', valueFrom: { fieldRef: {} } }] } },
      `${CONTAINER}/env(0)/valueFrom`,
      /env/,
    ],
    [{ container: { env: [{ name: 'A', value: 'x$(B)' }] } }, `${CONTAINER}/env(0)/value`, /\$\(B\)/],
    [
      { container: { securityContext: { runAsUser: 1 } } },
      `${CONTAINER}/securityContext/runAsUser`,
      /rights/,
    ],
    [{ container: { livenessProbe: { grpc: { port: 1 } } } }, `${CONTAINER}/livenessProbe/grpc`, /HTTP/],
    [
      { container: { startupProbe: { tcpSocket: { port: 1 } } } },
      `${CONTAINER}/startupProbe`,
      /livenessProbe/,
    ],
    [{ pod: { containers: [{ image: 'a' }, { image: 'b' }] } }, `${POD}/containers(1)`, /one container/],
    [{ pod: { initContainers: [{ image: 'a' }] } }, `${POD}/initContainers`, /one container/],
    [{ pod: { nodeSelector: { a: 'b' } } }, `${POD}/nodeSelector`, /where pods go/],
    [{ pod: { restartPolicy: 'Never' } }, `${POD}/restartPolicy`, /replaced/],
    [{ metadata: { annotations: { a: 'b' } } }, '/metadata/annotations', /counterpart/],
    [
      { kind: 'StatefulSet', spec: { podManagementPolicy: 'Parallel' } },
      '/spec/podManagementPolicy',
      /one by one/,
    ],
    [{ kind: 'StatefulSet', spec: { ordinals: { start: 1 } } }, '/spec/ordinals/start', /begin at 0/],
    [
      { kind: 'StatefulSet', spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } },
      '/spec/updateStrategy/rollingUpdate/partition',
      /updates nothing/,
    ],
    [
      { kind: 'StatefulSet', spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } } },
      '/spec/updateStrategy/rollingUpdate/maxUnavailable',
      /one by one/,
    ],
    [
      {
        kind: 'StatefulSet',
        spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } }, replicas: 3 },
      },
      '/spec/updateStrategy/rollingUpdate/partition',
      /OnDelete/,
    ],
    [
      { kind: 'StatefulSet', spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } } },
      '/spec/persistentVolumeClaimRetentionPolicy/whenScaled',
      /stay/,
    ],
    [
      { kind: 'StatefulSet', spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } } },
      '/spec/persistentVolumeClaimRetentionPolicy/whenDeleted',
      /go with their app/,
    ],
    [claiming({ storageClassName: 'fast' }), '/spec/volumeClaimTemplates(0)/spec/storageClassName', /folder/],
    [
      claiming({ accessModes: ['ReadWriteMany'] }),
      '/spec/volumeClaimTemplates(0)/spec/accessModes',
      /one ordinal/,
    ],
    [{ ...claiming({}), container: {} }, '/spec/volumeClaimTemplates(0)', /does not mount/],
  ])('%j at %s', (given, path, why) => {
    expect(listed(given)[path]).toMatch(why);
  });

  it('what says nothing is not', () => {
    expect(
      listed({ metadata: { creationTimestamp: null }, container: { resources: {}, envFrom: [] } }),
    ).toEqual({});
  });
});

describe('what is refused', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };

  it.each<[object, string, RegExp]>([
    [service, '/kind', /"Service" is not released; Deployment and StatefulSet are/],
    [{ ...object(), kind: 'Deployement' }, '/kind', /did you mean 'Deployment'/],
    [{ ...object(), apiVersion: 'extensions/v1beta1' }, '/apiVersion', /not one of "extensions\/v1beta1"/],
    [object({ metadata: { name: 7 } }), '/metadata/name', /must be a text, got 7/],
    [object({ spec: { replicas: '3' } }), '/spec/replicas', /whole number from 0 to 100000, got "3"/],
    [object({ spec: { strategy: { type: 'Rolling' } } }), '/spec/strategy/type', /RollingUpdate, Recreate/],
    [
      object({ spec: { strategy: { rollingUpdate: { maxSurge: '25' } } } }),
      '/spec/strategy/rollingUpdate/maxSurge',
      /25%/,
    ],
    [
      object({ container: { resources: { requests: { cpu: '1 core' } } } }),
      `${CONTAINER}/resources/requests/cpu`,
      /"100m"/,
    ],
    [
      object({ container: { ports: [{ containerPort: 70_000 }] } }),
      `${CONTAINER}/ports(0)/containerPort`,
      /65535/,
    ],
    [
      object({ container: { livenessProbe: {} } }),
      `${CONTAINER}/livenessProbe`,
      /httpGet, tcpSocket and exec/,
    ],
    [
      object({ container: { livenessProbe: { tcpSocket: { port: 'x' } } } }),
      `${CONTAINER}/livenessProbe`,
      /the name "x"/,
    ],
    [object({ pod: { containers: [] } }), '/spec/template/spec/containers', /must have a container/],
    [{ ...object(), spec: undefined }, '/spec', /missing/],
  ])('%#: at %s', (given, path, error) => {
    expect(refused(() => only(given))[path]?.join()).toMatch(error);
  });
});
