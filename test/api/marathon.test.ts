import { beforeEach, describe, expect, test } from 'vitest';
import { recordAction } from '../../src/admission/progress.js';
import { type Served, serve, sharedStore } from './harness.js';
import { begin, deploymentIn, instanceOf, running, succeed, tell } from './steps.js';

const store = sharedStore();
let served: Served;
let call: Served['call'];

beforeEach(async () => {
  served = await serve(store());
  call = served.call;
});

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const result = { version: expect.stringMatching(ISO), deploymentId: expect.any(String) };

describe('POST /v2/apps', () => {
  test('answers 201 with the app as Marathon does: no tasks, no versionInfo', async () => {
    const reply = await call('POST', '/v2/apps', { id: 'shop/web', cmd: 'x', instances: 2 });
    const id = deploymentIn(reply);
    expect(reply.status).toBe(201);
    expect(reply.headers.get('location')).toBe('/v2/apps/shop/web');
    expect(reply.body).toMatchObject({
      id: '/shop/web',
      cmd: 'x',
      instances: 2,
      tasksStaged: 0,
      tasksRunning: 0,
      tasksHealthy: 0,
      tasksUnhealthy: 0,
      deployments: [{ id }],
      version: expect.stringMatching(ISO),
    });
    expect(reply.body).not.toHaveProperty('tasks');
    expect(reply.body).not.toHaveProperty('versionInfo');
    expect(served.accepted).toEqual([id]);
  });

  test('a dependency that is not there is a Warning header, and nothing in the body', async () => {
    const healthChecks = [{ protocol: 'TCP', portIndex: 0 }];
    const checked = { cmd: 'x', healthChecks };
    const reply = await call('POST', '/v2/apps', { id: 'a', ...checked, dependencies: ['/not/there'] });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('warning')).toMatch(/^299 - ".*\/not\/there.*"$/);
    expect(reply.text).not.toContain('warning');
    expect((await call('POST', '/v2/apps', { id: 'b', ...checked })).headers.get('warning')).toBeNull();
  });

  test('the old form of ports is taken, the new one is shown', async () => {
    const { body } = await call('POST', '/v2/apps', { id: 'a', cmd: 'x', ports: [1000, 1001] });
    expect(body.portDefinitions.map(({ port }: { port: number }) => port)).toEqual([1000, 1001]);
    expect(body).not.toHaveProperty('ports');
  });

  test('the same Idempotency-Key gives the same answer and one deployment', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await call('POST', '/v2/apps', { id: 'a', cmd: 'x' }, key);
    await succeed(served, deploymentIn(first));
    const again = await call('POST', '/v2/apps', { id: 'a', cmd: 'x' }, key);
    expect([again.status, again.body, deploymentIn(again)]).toEqual([201, first.body, deploymentIn(first)]);
    expect(served.accepted).toHaveLength(1);
    const other = await call('POST', '/v2/apps', { id: 'b', cmd: 'x' }, key);
    expect(other.status).toBe(422);
    expect(other.body.message).toContain('k1');
  });

  test('a repeated PUT that made an app is 201 again, although the app is there by then', async () => {
    const key = { 'idempotency-key': 'k2' };
    const first = await call('PUT', '/v2/apps/a', { cmd: 'x' }, key);
    await succeed(served, deploymentIn(first));
    const again = await call('PUT', '/v2/apps/a', { cmd: 'x' }, key);
    expect([again.status, again.text]).toEqual([201, first.text]);
  });
});

describe('GET /v2/apps', () => {
  test.each([
    ['', ['/a/web', '/a/db', '/b/web']],
    ['?id=WEB', ['/a/web', '/b/web']],
    ['?cmd=serve', ['/a/web', '/b/web']],
    ['?cmd=serve&id=/A/', ['/a/web']],
    ['?label=tier', ['/a/web', '/a/db']],
    ['?label=tier==front', ['/a/web']],
    ['?label=tier%3D%3Dfront', ['/a/web']],
    ['?label=tier!=front', ['/a/db', '/b/web']],
    ['?label=tier%20in%20(front,%20back)', ['/a/web', '/a/db']],
    ['?label=tier%20notin%20(front)', ['/a/db', '/b/web']],
    ['?label=tier,zone==1', ['/a/db']],
    ['?label=nothing', []],
  ])('%s', async (query, ids) => {
    await running(served, { id: '/a/web', cmd: 'Serve web', labels: { tier: 'front' } });
    await running(served, { id: '/a/db', cmd: 'store', labels: { tier: 'back', zone: '1' } });
    await running(served, { id: '/b/web', cmd: 'serve' });
    const { body } = await call('GET', `/v2/apps${query}`);
    expect(body.apps.map(({ id }: { id: string }) => id).sort()).toEqual([...ids].sort());
  });

  test('a selector that cannot be read is 400', async () => {
    const reply = await call('GET', '/v2/apps?label=a%20like%20b');
    expect(reply.status).toBe(400);
    expect(reply.body.message).toContain("'a like b'");
  });

  test('counts and deployments are always there; tasks and the rest where asked for', async () => {
    const version = await running(served, { id: '/a', healthChecks: [{ protocol: 'TCP' }] });
    const staging = instanceOf('/a', version, { state: 'staging' });
    const killed = instanceOf('/a', version, { state: 'killed' });
    const alive = instanceOf('/a', version, { healthy: true });
    await tell(served, [staging, killed, alive]);
    const bare = (await call('GET', '/v2/apps')).body.apps[0];
    expect(bare).toMatchObject({
      tasksStaged: 1,
      tasksRunning: 1,
      tasksHealthy: 1,
      tasksUnhealthy: 0,
      deployments: [],
    });
    expect(bare).not.toHaveProperty('tasks');
    for (const embed of ['apps.tasks', 'app.tasks', 'tasks', 'nonsense&embed=apps.tasks']) {
      const { tasks } = (await call('GET', `/v2/apps?embed=${embed}`)).body.apps[0];
      expect(tasks.map(({ id }: { id: string }) => id).sort()).toEqual([staging.id, alive.id].sort());
    }
    const stats = (await call('GET', '/v2/apps?embed=apps.taskStats')).body.apps[0];
    expect(stats.taskStats.totalSummary.stats.counts).toMatchObject({ staged: 1, running: 1 });
  });
});

describe('/v2/apps/{id}', () => {
  test.each(['/v2/apps/shop/web', '/v2/apps//shop/web', '/v2/apps/shop//web/', '//v2/apps/shop/web'])(
    '%s',
    async (path) => {
      await running(served, { id: '/shop/web' });
      const { status, body } = await call('GET', path);
      expect([status, body.app?.id]).toEqual([200, '/shop/web']);
      expect(body.app).toMatchObject({ tasks: [], deployments: [], tasksRunning: 0 });
    },
  );

  test('the definition is the new one from acceptance on, with its deployment', async () => {
    await running(served, { id: '/a' });
    const id = deploymentIn(await call('PUT', '/v2/apps/a', { cmd: 'new' }));
    const { app } = (await call('GET', '/v2/apps/a')).body;
    expect([app.cmd, app.deployments]).toEqual(['new', [{ id }]]);
  });

  test('/* shows the apps of a group at any depth, tasks included where asked for', async () => {
    await running(served, { id: '/g/a' });
    await running(served, { id: '/g/h/b' });
    await running(served, { id: '/other' });
    const ids = async (path: string) =>
      (await call('GET', path)).body['*'].map(({ id }: { id: string }) => id).sort();
    expect(await ids('/v2/apps/g/*')).toEqual(['/g/a', '/g/h/b']);
    expect(await ids('/v2/apps/*')).toEqual(['/g/a', '/g/h/b', '/other']);
    expect((await call('GET', '/v2/apps/g/*/tasks')).body).toEqual({ tasks: [] });
  });

  test('PUT changes 200, makes 201, and the id of the body does not count', async () => {
    const made = await call('PUT', '/v2/apps/a', { id: '/b', cmd: 'x', ports: [0] });
    expect([made.status, made.body, made.headers.get('location')]).toEqual([201, result, '/v2/apps/a']);
    await succeed(served, deploymentIn(made));
    const changed = await call('PUT', '/v2/apps//a?force=True', { instances: 2 });
    expect([changed.status, changed.body]).toEqual([200, result]);
    expect(deploymentIn(changed)).toBe(changed.body.deploymentId);
    const { app } = (await call('GET', '/v2/apps/a')).body;
    expect(app).toMatchObject({ cmd: 'x', instances: 2, version: changed.body.version });
    expect(app.portDefinitions[0].port).toBeGreaterThanOrEqual(10_000);
    expect((await call('GET', '/v2/apps/b')).status).toBe(404);
  });

  test('partialUpdate=False takes the defaults for what is absent; PATCH keeps it', async () => {
    await running(served, { id: '/a', instances: 3, labels: { a: 'b' } });
    await succeed(served, deploymentIn(await call('PATCH', '/v2/apps/a', { cmd: 'y' })));
    expect((await call('GET', '/v2/apps/a')).body.app).toMatchObject({
      cmd: 'y',
      instances: 3,
      labels: { a: 'b' },
    });
    await call('PUT', '/v2/apps/a?partialUpdate=False', { cmd: 'z' });
    expect((await call('GET', '/v2/apps/a')).body.app).toMatchObject({ cmd: 'z', instances: 1, labels: {} });
  });

  test('a lock is 409 with the ids that hold it; force takes over', async () => {
    await running(served, { id: '/a' });
    const holder = deploymentIn(await call('PUT', '/v2/apps/a', { cmd: 'y' }));
    const refused = await call('PUT', '/v2/apps/a?force=False', { cmd: 'z' });
    expect(refused.status).toBe(409);
    expect(refused.body).toEqual({
      message:
        "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
      deployments: [{ id: holder }],
    });
    const taken = await call('PUT', '/v2/apps/a?force=TRUE', { cmd: 'z' });
    expect(taken.status).toBe(200);
    expect((await call('GET', `/api/deployments/${deploymentIn(taken)}`)).body.supersedes).toEqual([holder]);
  });

  test('DELETE takes over where nothing is said, and is refused with force=False', async () => {
    await running(served, { id: '/a' });
    await call('PUT', '/v2/apps/a', { cmd: 'y' });
    expect((await call('DELETE', '/v2/apps/a?force=False')).status).toBe(409);
    const gone = await call('DELETE', '/v2/apps/a');
    expect([gone.status, gone.body]).toEqual([200, result]);
    expect((await call('GET', '/v2/apps/a')).status).toBe(404);
  });

  test('restart makes a deployment although nothing has changed; the same definition makes none to carry out', async () => {
    await running(served, { id: '/a' });
    const restarted = await call('POST', '/v2/apps//a/restart?force=False');
    expect([restarted.status, restarted.body]).toEqual([200, result]);
    expect((await call('GET', '/v2/deployments')).body[0].steps).toEqual([
      { actions: [{ action: 'RestartApplication', app: '/a' }] },
    ]);
    await succeed(served, deploymentIn(restarted));
    const same = await call('PUT', '/v2/apps/a', { cmd: 'sleep 1000' });
    expect(same.status).toBe(200);
    expect((await call('GET', '/v2/deployments')).body).toEqual([]);
  });

  test('versions are listed and shown bare, and can be gone back to', async () => {
    const v1 = await running(served, { id: '/a', disk: 1 });
    const v2 = (await call('PUT', '/v2/apps/a', { disk: 2 })).body.version;
    expect((await call('GET', '/v2/apps/a/versions')).body).toEqual({ versions: [v2, v1] });
    expect((await call('GET', `/v2/apps//a/versions/${v1}`)).body).toMatchObject({
      id: '/a',
      disk: 1,
      version: v1,
    });
    expect((await call('GET', `/v2/apps/a/versions/${v2}`)).body.disk).toBe(2);
    const missing = await call('GET', '/v2/apps/a/versions/2001-01-01T00:00:00.000Z');
    expect(missing.body.message).toBe("App '/a' does not exist in version 2001-01-01T00:00:00.000Z");
    expect((await call('GET', '/v2/apps/a/versions/x')).status).toBe(422);
    const back = await call('PUT', '/v2/apps//a?force=True', { version: v1 });
    expect([back.status, back.body]).toEqual([200, result]);
    expect((await call('GET', '/v2/apps/a')).body.app.disk).toBe(1);
  });

  test('many at once are one deployment', async () => {
    const made = await call('PUT', '/v2/apps?force=False', [
      { id: '/a', cmd: 'x' },
      { id: '/b', cmd: 'x' },
    ]);
    expect([made.status, made.body]).toEqual([200, result]);
    const [only, ...others] = (await call('GET', '/v2/deployments')).body;
    expect([only.affectedApps.sort(), others]).toEqual([['/a', '/b'], []]);
    await succeed(served, only.id);
    const patched = await call('PATCH', '/v2/apps', [{ id: '/a', cmd: 'y' }]);
    expect([patched.status, (await call('GET', '/v2/apps/a')).body.app.cmd]).toEqual([200, 'y']);
  });
});

describe('tasks', () => {
  test('are listed by app, by state and all', async () => {
    const version = await running(served, { id: '/shop/web', ports: [8080] });
    const staging = instanceOf('/shop/web', version, { state: 'staging' });
    const up = instanceOf('/shop/web', version);
    await tell(served, [staging, up, instanceOf('/shop/web', version, { state: 'failed' })]);
    const ids = async (path: string) =>
      (await call('GET', path)).body.tasks.map(({ id }: { id: string }) => id).sort();
    expect(await ids('/v2/apps//shop/web/tasks')).toEqual([staging.id, up.id].sort());
    expect(await ids('/v2/tasks')).toEqual([staging.id, up.id].sort());
    expect(await ids('/v2/tasks?status=running')).toEqual([up.id]);
    expect(await ids('/v2/tasks?status%5B%5D=staging')).toEqual([staging.id]);
    const [task] = (await call('GET', '/v2/tasks?status=running')).body.tasks;
    expect(task).toMatchObject({
      appId: '/shop/web',
      state: 'TASK_RUNNING',
      servicePorts: [8080],
      ports: [31_000],
    });
    expect((await call('GET', '/v2/apps/none/tasks')).status).toBe(404);
  });

  test('killing without scale kills at once and makes no deployment', async () => {
    const version = await running(served, { id: '/a', instances: 2 });
    const here = instanceOf('/a', version);
    const there = instanceOf('/a', version, { host: '127.0.0.2' });
    await tell(served, [here, there]);
    const one = await call('DELETE', `/v2/apps/a/tasks/${here.id}?scale=False&wipe=True`);
    expect([one.status, one.body.task.id]).toEqual([200, here.id]);
    const byHost = await call('DELETE', '/v2/apps/a/tasks?host=127.0.0.2');
    expect(byHost.body.tasks.map(({ id }: { id: string }) => id)).toEqual([there.id]);
    const byId = await call('POST', '/v2/tasks/delete', { ids: [here.id] });
    expect(byId.body.tasks.map(({ id }: { id: string }) => id)).toEqual([here.id]);
    expect(served.ports.kills).toEqual([
      { ids: [here.id], wipe: true },
      { ids: [there.id], wipe: false },
      { ids: [here.id], wipe: false },
    ]);
    expect(served.accepted).toHaveLength(1);
  });

  test('killing with scale is a deployment that wants so many fewer', async () => {
    const version = await running(served, { id: '/a', instances: 3 });
    const all = [instanceOf('/a', version), instanceOf('/a', version), instanceOf('/a', version)];
    await tell(served, all);
    const reply = await call('POST', '/v2/tasks/delete?scale=True', { ids: [all[0]?.id, all[1]?.id] });
    expect([reply.status, reply.body]).toEqual([200, result]);
    expect((await call('GET', '/v2/apps/a')).body.app.instances).toBe(1);
    expect(served.ports.kills).toEqual([]);
  });
});

describe('the queue', () => {
  test('shows what waits and why, and resets its delay', async () => {
    const version = await running(served, { id: '/a' });
    expect((await call('GET', '/v2/queue')).body).toEqual({ queue: [] });
    const since = new Date().toISOString();
    const until = new Date(Date.now() + 60_000).toISOString();
    await tell(
      served,
      [],
      [{ app: '/a', version, count: 2, since, reason: 'backoff', description: 'waits', missing: [], until }],
    );
    const [item] = (await call('GET', '/v2/queue')).body.queue;
    expect(item).toMatchObject({ count: 2, app: { id: '/a' }, delay: { overdue: false } });
    expect(item.delay.timeLeftSeconds).toBeGreaterThan(0);
    const reset = await call('DELETE', '/v2/queue//a/delay');
    expect([reset.status, reset.text, served.ports.resets]).toEqual([204, '', ['/a']]);
    const none = await call('DELETE', '/v2/queue/b/delay');
    expect([none.status, none.body]).toEqual([404, { message: 'Application /b not found in tasks queue.' }]);
  });
});

describe('groups', () => {
  const product = {
    id: '/product',
    groups: [
      { id: 'db', apps: [{ id: 'mongo', cmd: 'x', instances: 2 }] },
      {
        id: 'service',
        dependencies: ['../db'],
        apps: [{ id: 'web', cmd: 'x', instances: 3, dependencies: ['../db/mongo'] }],
      },
    ],
  };

  async function release(): Promise<string> {
    const reply = await call('POST', '/v2/groups', product);
    expect([reply.status, reply.body, reply.headers.get('location')]).toEqual([
      201,
      result,
      '/v2/groups/product',
    ]);
    await succeed(served, deploymentIn(reply));
    return reply.body.version;
  }

  test('are made whole, with absolute ids and dependencies', async () => {
    await release();
    const { body } = await call('GET', '/v2/groups//product');
    expect(Object.keys(body).sort()).toEqual(['apps', 'dependencies', 'groups', 'id', 'pods', 'version']);
    const service = body.groups.find(({ id }: { id: string }) => id === '/product/service');
    expect(service.dependencies).toEqual(['/product/db']);
    expect(service.apps[0]).toMatchObject({
      id: '/product/service/web',
      dependencies: ['/product/db/mongo'],
    });
    expect((await call('GET', '/v2/groups')).body.groups[0].id).toBe('/product');
    expect((await call('GET', '/v2/groups/product/apps')).body.apps).toHaveLength(2);
  });

  test.each([
    ['embed=group.groups', { apps: false, groups: true }],
    ['embed=group.apps', { apps: true, groups: false }],
    ['embed=group.groups&embed=group.apps.tasks', { apps: true, groups: true }],
  ])('%s', async (query, shown) => {
    await release();
    const { body } = await call('GET', `/v2/groups/product?${query}`);
    expect({ apps: 'apps' in body, groups: 'groups' in body }).toEqual(shown);
    if (query.includes('tasks')) expect(body.groups[0].apps[0].tasks).toEqual([]);
  });

  test('the root is always there, an unknown one is not', async () => {
    expect((await call('GET', '/v2/groups')).body).toMatchObject({ id: '/', apps: [], groups: [] });
    const none = await call('GET', '/v2/groups/none');
    expect([none.status, none.body]).toEqual([404, { message: "Group '/none' does not exist" }]);
  });

  test('a relative id is below the group of the URL', async () => {
    await call('POST', '/v2/groups', { id: 'relative' });
    await call('POST', '/v2/groups//parent', { id: 'child' });
    const { body } = await call('GET', '/v2/groups');
    expect(body.groups.map(({ id }: { id: string }) => id).sort()).toEqual(['/parent', '/relative']);
    expect((await call('GET', '/v2/groups/parent/child')).status).toBe(200);
  });

  test('dryRun=True shows the steps and does nothing', async () => {
    const reply = await call('PUT', '/v2/groups/product?dryRun=True', product);
    expect(reply.status).toBe(200);
    expect(reply.body.steps[0].actions).toContainEqual({
      action: 'StartApplication',
      app: '/product/db/mongo',
    });
    expect(Object.keys(reply.body)).toEqual(['steps']);
    expect(deploymentIn(reply)).toBe('');
    expect((await call('GET', '/v2/groups/product')).status).toBe(404);
    expect(served.accepted).toEqual([]);
  });

  test('scale by a factor, and go back to a version, by body and by path', async () => {
    const v1 = await release();
    const counts = async () =>
      (await call('GET', '/v2/groups/product/apps')).body.apps
        .map(({ instances }: { instances: number }) => instances)
        .sort();
    const scaled = await call('PUT', '/v2/groups/product', { scaleBy: 1.5 });
    expect([scaled.body, await counts()]).toEqual([result, [3, 5]]);
    await succeed(served, deploymentIn(scaled));
    const { body: versions } = await call('GET', '/v2/groups/product/versions');
    expect(versions).toEqual([scaled.body.version, v1]);
    expect((await call('GET', `/v2/groups/product/versions/${v1}`)).body.groups[0].apps[0].instances).toBe(2);
    const back = await call('PUT', '/v2/groups/product', { version: v1 });
    expect([back.body, await counts()]).toEqual([result, [2, 3]]);
    await succeed(served, deploymentIn(back));
    const forth = await call('PUT', `/v2/groups/product/versions/${scaled.body.version}?force=False`);
    expect([forth.body, await counts()]).toEqual([result, [3, 5]]);
    expect((await call('GET', '/v2/groups/versions')).body).toEqual(expect.arrayContaining([v1]));
  });

  test('enforceRole is taken on the top level only; removal takes all below', async () => {
    await release();
    expect((await call('PATCH', '/v2/groups/product', { enforceRole: true })).status).toBe(200);
    expect((await call('PATCH', '/v2/groups/product/db', { enforceRole: true })).status).toBe(422);
    expect((await call('PATCH', '/v2/groups/product', { apps: [] })).status).toBe(422);
    expect((await call('DELETE', '/v2/groups/product')).body).toEqual(result);
    expect((await call('GET', '/v2/apps')).body).toEqual({ apps: [] });
  });
});

describe('deployments', () => {
  test('are a bare array in the exact form', async () => {
    const reply = await call('POST', '/v2/apps', { id: '/foo', cmd: 'x' });
    const id = deploymentIn(reply);
    const steps = [
      { actions: [{ action: 'StartApplication', app: '/foo' }] },
      { actions: [{ action: 'ScaleApplication', app: '/foo' }] },
    ];
    const first = {
      id,
      version: reply.body.version,
      affectedApps: ['/foo'],
      affectedPods: [],
      steps,
      totalSteps: 2,
    };
    expect((await call('GET', '/v2/deployments')).body).toEqual([
      { ...first, currentStep: 0, currentActions: [] },
    ]);
    await begin(served, id, 2);
    const readiness = [{ instance: 'foo.instance-1', results: [{ name: 'myReadyCheck', ready: false }] }];
    await recordAction(
      store(),
      { deployment: id, step: 2, index: 0 },
      {
        action: 'ScaleApplication',
        app: '/foo',
        state: 'running',
        description: 'starts',
        readiness,
      },
    );
    const shown = { name: 'myReadyCheck', taskId: 'foo.instance-1', ready: false };
    const expected = {
      ...first,
      currentStep: 2,
      currentActions: [{ action: 'ScaleApplication', app: '/foo', readinessCheckResults: [shown] }],
    };
    expect((await call('GET', '/v2/deployments')).body).toEqual([expected]);
    expect((await call('GET', `/v2/deployments/${id}`)).body).toEqual(expected);
    await succeed(served, id);
    expect((await call('GET', '/v2/deployments')).body).toEqual([]);
  });

  test('DELETE rolls back by a new deployment', async () => {
    const old = deploymentIn(await call('POST', '/v2/apps', { id: '/foo', cmd: 'x' }));
    const reply = await call('DELETE', `/v2/deployments/${old}`);
    expect([reply.status, reply.body, deploymentIn(reply)]).toEqual([200, result, reply.body.deploymentId]);
    expect((await call('GET', '/v2/apps/foo')).status).toBe(404);
    expect((await call('GET', `/api/deployments/${reply.body.deploymentId}`)).body).toMatchObject({
      rollbackOf: old,
      options: { fast: true, onFailure: 'hold' },
    });
    expect((await call('GET', `/api/deployments/${old}`)).body).toMatchObject({
      state: 'superseded',
      rolledBackBy: reply.body.deploymentId,
    });
  });

  test('DELETE with force=True only stops, with an empty 202, whether its workflow runs or not', async () => {
    const waiting = deploymentIn(await call('POST', '/v2/apps', { id: '/foo', cmd: 'x' }));
    const stopped = await call('DELETE', `/v2/deployments/${waiting}?force=True`);
    expect([stopped.status, stopped.text, deploymentIn(stopped)]).toEqual([202, '', '']);
    expect((await call('GET', `/api/deployments/${waiting}`)).body.state).toBe('failed');
    expect((await call('GET', '/v2/apps/foo')).status).toBe(200);

    const under = deploymentIn(await call('POST', '/v2/apps', { id: '/bar', cmd: 'x' }));
    await begin(served, under);
    expect((await call('DELETE', `/v2/deployments/${under}?force=true`)).status).toBe(202);
    expect(served.ports.commands).toMatchObject([
      { id: under, command: 'close', body: { by: 'anonymous', channel: 'api' } },
    ]);
  });

  test.each(['GET', 'DELETE'])('%s of one that ended or never was is 404', async (method) => {
    const id = deploymentIn(await call('POST', '/v2/apps', { id: '/foo', cmd: 'x' }));
    await succeed(served, id);
    for (const each of [id, 'none']) {
      const reply = await call(method, `/v2/deployments/${each}`);
      expect([reply.status, reply.body]).toEqual([404, { message: `DeploymentPlan ${each} does not exist` }]);
    }
  });
});
