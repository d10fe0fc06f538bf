import { expect } from 'vitest';
import { until } from '../helpers/until.js';
import type { Json } from './support/bench.js';
import { row } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();

row(1, 'an app without checks is created by exactly one deployment', async () => {
  const id = bench().id('one');
  const created = await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  expect(created).toMatchObject({ status: 201, body: { id, deployments: [{ id: created.deployment }] } });
  expect(created.body.deployments).toHaveLength(1);
  expect(created.headers.get('location')).toBe(`/v2/apps${id}`);
  expect(created.body).not.toHaveProperty('tasks');
  expect(created.body).not.toHaveProperty('versionInfo');
  expect(created.body).toMatchObject({ tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0 });
  expect(await bench().tasks(id)).toHaveLength(1);
});

row(2, 'the same definition again restarts nothing', async () => {
  const app = bench().sleeper(bench().id('same'));
  await bench().deploy('POST', '/v2/apps', app);
  const before = await bench().taskIds(app.id);
  expect((await bench().deploy('PUT', `/v2/apps/${app.id}`, app)).status).toBe(200);
  expect(await bench().taskIds(app.id)).toEqual(before);
});

row(4, 'a PATCH of cmd leaves the health checks alone', async () => {
  const app = bench().mock(bench().id('patched'), 'v1');
  await bench().deploy('POST', '/v2/apps', app);
  const { healthChecks } = await bench().app(app.id);
  const { cmd } = bench().mock(app.id, 'v2');
  expect((await bench().deploy('PATCH', `/v2/apps/${app.id}`, { cmd })).status).toBe(200);
  expect(await bench().app(app.id)).toMatchObject({ cmd, healthChecks });
});

row(5, 'scaled up, then down to one of the old ones', async () => {
  const id = bench().id('scaled');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  expect((await bench().deploy('PUT', `/v2/apps/${id}`, { instances: 2 })).status).toBe(200);
  const two = await bench().taskIds(id);
  expect(two).toHaveLength(2);
  expect((await bench().deploy('PUT', `/v2/apps/${id}`, { instances: 1 })).status).toBe(200);
  const one = await bench().taskIds(id);
  expect(one).toHaveLength(1);
  expect(two).toContain(one[0]);
});

row(7, 'a fresh app has the one version that the POST told', async () => {
  const id = bench().id('fresh');
  const { body } = await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  expect((await bench().get(`/v2/apps/${id}/versions`)).body).toEqual({ versions: [body.version] });
});

row(8, 'each version shows its own definition', async () => {
  const id = bench().id('disk');
  const first = await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { disk: 1 }));
  const second = await bench().deploy('PUT', `/v2/apps/${id}`, { disk: 2 });
  const diskAt = async (version: string) =>
    (await bench().get(`/v2/apps/${id}/versions/${version}`)).body.disk;
  expect(await diskAt(first.body.version)).toBe(1);
  expect(await diskAt(second.body.version)).toBe(2);
});

row(10, 'a task killed with scale is not replaced', async () => {
  const id = bench().id('kill-scale');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 2 }));
  const [gone, kept] = await bench().taskIds(id);
  expect((await bench().deploy('DELETE', `/v2/apps/${id}/tasks/${gone}?scale=true`)).status).toBe(200);
  expect(await bench().taskIds(id)).toEqual([kept]);
  expect((await bench().app(id)).instances).toBe(1);
});

row(11, 'all tasks killed come back', async () => {
  const id = bench().id('kill-all');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 2 }));
  const before = await bench().taskIds(id);
  const { status, body } = await bench().call('DELETE', `/v2/apps/${id}/tasks`);
  expect([status, body.tasks.map((task: Json) => task.id).sort()]).toEqual([200, before]);
  for (const taskId of before)
    await bench().log.first((e) => e.taskId === taskId && e.taskStatus === 'TASK_KILLED', `${taskId} killed`);
  const after = await bench().untilTasks(id, 2, ({ state }) => state === 'TASK_RUNNING');
  expect(after.filter((each) => before.includes(each))).toEqual([]);
});

row(13, 'a deleted app is gone from the list', async () => {
  const id = bench().id('deleted');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  expect((await bench().deploy('DELETE', `/v2/apps/${id}`)).status).toBe(200);
  const { body } = await bench().get('/v2/apps');
  expect(body.apps.map((app: Json) => app.id)).not.toContain(id);
});

row(14, 'the events of a creation, and tasks that answer', async () => {
  const id = bench().id('events');
  const created = await bench().deploy(
    'POST',
    '/v2/apps',
    bench().mock(id, 'v1', { instances: 2, healthChecks: [] }),
  );
  const { log } = bench();
  expect(
    log.where((e) => e.eventType === 'api_post_event' && (e.appDefinition as Json)?.id === id),
  ).toHaveLength(1);
  expect(
    log.where((e) => e.eventType === 'group_change_success' && e.version === created.body.version),
  ).toMatchObject([{ groupId: bench().base }]);
  const running = () =>
    bench()
      .told(id, 'status_update_event')
      .filter((e) => e.taskStatus === 'TASK_RUNNING');
  expect(running()).toHaveLength(2);
  expect(await bench().running(id)).toEqual([]);
  for (const { ports } of await bench().tasks(id)) {
    const answers = async () =>
      (await fetch(`http://127.0.0.1:${ports[0]}/ping`).catch(() => undefined))?.status;
    await until(async () => (await answers()) === 200, { what: 'the task to answer' });
  }
});

row(16, 'a stuck creation is rolled back: the app is gone', async () => {
  const id = bench().id('stuck');
  const stuck = await bench().send('POST', '/v2/apps', bench().sleeper(id, { cpus: 10_000 }));
  const { body, status } = await bench().call('DELETE', `/v2/deployments/${stuck.deployment}`);
  expect(status).toBe(200);
  expect(body.deploymentId).not.toBe(stuck.deployment);
  await bench().log.first(
    (e) => e.eventType === 'deployment_failed' && e.id === stuck.deployment,
    'the old to fail',
  );
  await bench().succeeded({ deployment: body.deploymentId });
  expect(await bench().running(id)).toEqual([]);
  expect((await bench().get(`/v2/apps/${id}`)).status).toBe(404);
});

row(17, 'a rollback of what does not fit brings the old definition and count back', async () => {
  const id = bench().id('unfit');
  const upgradeStrategy = { minimumHealthCapacity: 0, maximumOverCapacity: 0 };
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 2, upgradeStrategy }));
  const unfit = await bench().send('PUT', `/v2/apps/${id}`, {
    cpus: 1000,
    cmd: 'exec sleep 2000',
    instances: 1,
  });
  await bench().untilQueued(id);
  const back = await bench().call('DELETE', `/v2/deployments/${unfit.deployment}`);
  expect(back.status).toBe(200);
  await bench().succeeded(back);
  expect(await bench().tasks(id)).toHaveLength(2);
  expect(await bench().app(id)).toMatchObject({ cmd: 'exec sleep 1000', instances: 2, cpus: 0.01 });
});

row(31, 'an app and its tasks are listed', async () => {
  const id = bench().id('listed');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 2 }));
  const { body } = await bench().get(`/v2/apps?id=${id}`);
  expect(body.apps).toMatchObject([{ id, tasksRunning: 2 }]);
  expect(await bench().tasks(id)).toHaveLength(2);
});

row(34, 'port mappings of a bridged docker app are stored', async () => {
  const id = bench().id('bridge');
  const container = { type: 'DOCKER', docker: { image: 'busybox', network: 'BRIDGE' } };
  await bench().deploy('POST', '/v2/apps', { id, cmd: 'sleep 1', container, instances: 0 });
  const portMappings = [{ containerPort: 80, hostPort: 0, protocol: 'tcp', name: 'http' }];
  const changed = {
    container: { type: 'DOCKER', docker: { image: 'busybox', network: 'BRIDGE', portMappings } },
  };
  expect((await bench().deploy('PUT', `/v2/apps/${id}?force=true`, changed)).status).toBe(200);
  const app = await bench().app(id);
  expect(app.container.portMappings).toMatchObject([{ containerPort: 80, hostPort: 0, name: 'http' }]);
  expect(app.networks).toEqual([{ mode: 'container/bridge' }]);
});

row(35, 'a PUT to an unknown id creates the app, with a service port', async () => {
  const id = bench().id('put');
  const { portDefinitions: _, id: __, ...rest } = bench().sleeper(id);
  const created = await bench().deploy('PUT', `/v2/apps/${id}`, { ...rest, ports: [0] });
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/v2/apps${id}`);
  const [{ port }] = (await bench().app(id)).portDefinitions;
  expect(port).toBeGreaterThanOrEqual(10_000);
  expect(port).toBeLessThanOrEqual(20_000);
});

row(85, 'type DOCKER without docker is refused at its path', async () => {
  const { status, body } = await bench().call('POST', '/v2/apps', {
    id: bench().id('no-docker'),
    cmd: 'sleep 1',
    container: { type: 'DOCKER' },
  });
  expect(status).toBe(422);
  expect(body.details).toContainEqual({ path: '/container/docker', errors: ['not defined'] });
});

row(86, 'the restart of an unknown app is 404', async () => {
  const id = bench().id('nobody');
  const { status, body } = await bench().call('POST', `/v2/apps/${id}/restart`);
  expect([status, body]).toEqual([404, { message: `App '${id}' does not exist` }]);
});

row(89, 'filters of the list are joined by and', async () => {
  const app = (name: string, more: object) =>
    bench().sleeper(bench().id(`filter-${name}`), { instances: 0, ...more });
  await bench().deploy('POST', '/v2/apps', app('a', { cmd: 'sleep 11', labels: { tier: 'x' } }));
  await bench().deploy('POST', '/v2/apps', app('b', { cmd: 'sleep 11', labels: { tier: 'y' } }));
  await bench().deploy('POST', '/v2/apps', app('c', { cmd: 'sleep 22', labels: { tier: 'x' } }));
  const found = async (query: string) =>
    (await bench().get(`/v2/apps?${query}`)).body.apps.map((each: Json) => each.id.slice(-1)).sort();
  expect(await found('id=FILTER-&cmd=sleep%2011&label=tier%3D%3Dx')).toEqual(['a']);
  expect(await found('id=filter-&label=tier')).toEqual(['a', 'b', 'c']);
  expect(await found('id=filter-&label=tier%20notin%20(x)')).toEqual(['b']);
  expect(await found('id=filter-&cmd=22')).toEqual(['c']);
  expect(await found('id=filter-&label=tier!%3Dx,tier')).toEqual(['b']);
});

row(91, 'the deletion of an unknown app is 404', async () => {
  const id = bench().id('never');
  const { status, body } = await bench().call('DELETE', `/v2/apps/${id}`);
  expect([status, body]).toEqual([404, { message: `App '${id}' does not exist` }]);
});

row(92, 'ports are stored as port definitions', async () => {
  const id = bench().id('ports');
  await bench().deploy('POST', '/v2/apps', { id, cmd: 'sleep 1', instances: 0, ports: [1000, 1001] });
  const app = await bench().app(id);
  expect(app.portDefinitions).toMatchObject([{ port: 1000 }, { port: 1001 }]);
  expect(app).not.toHaveProperty('ports');
});

row(127, 'versions of scaling, of a change and of nothing', async () => {
  const id = bench().id('version-info');
  const infoOf = async () => {
    const { version, versionInfo } = await bench().app(id);
    return { version, ...versionInfo };
  };
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 0 }));
  const created = await infoOf();
  expect(created).toEqual({
    version: created.version,
    lastScalingAt: created.version,
    lastConfigChangeAt: created.version,
  });
  await bench().deploy('PUT', `/v2/apps/${id}`, { instances: 1 });
  const scaled = await infoOf();
  expect(scaled.version > created.version).toBe(true);
  expect(scaled).toMatchObject({ lastScalingAt: scaled.version, lastConfigChangeAt: created.version });
  await bench().deploy('PUT', `/v2/apps/${id}`, { instances: 1 });
  expect(await infoOf()).toEqual(scaled);
  await bench().deploy('PUT', `/v2/apps/${id}`, { cmd: 'exec sleep 2000' });
  const changed = await infoOf();
  expect(changed).toMatchObject({ lastScalingAt: changed.version, lastConfigChangeAt: changed.version });
  await bench().deploy('POST', `/v2/apps/${id}/restart`);
  const restarted = await infoOf();
  expect(restarted).toMatchObject({
    lastScalingAt: changed.version,
    lastConfigChangeAt: restarted.version,
  });
});
