import { expect } from 'vitest';
import type { Json } from './support/bench.js';
import { row } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();
const group = async (id: string): Promise<Json> => (await bench().get(`/v2/groups/${id}`)).body;

row(37, 'an empty group is a deployment that succeeds at once', async () => {
  const id = bench().id('empty');
  const created = await bench().deploy('POST', '/v2/groups', { id });
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/v2/groups${id}`);
  expect(created.body).toEqual({ version: expect.any(String), deploymentId: created.deployment });
  expect(await group(id)).toMatchObject({ id, apps: [], groups: [], pods: [], dependencies: [] });
});

row(38, 'dependencies of a group are changed and shown', async () => {
  const id = bench().id('dependent');
  await bench().deploy('POST', '/v2/groups', { id });
  const dependencies = [bench().id('some'), bench().id('other')];
  expect((await bench().deploy('PUT', `/v2/groups/${id}`, { dependencies })).status).toBe(200);
  expect((await group(id)).dependencies).toEqual(dependencies);
});

row(40, 'the deletion of an unknown group is 404', async () => {
  const id = bench().id('unknown');
  const { status, body } = await bench().call('DELETE', `/v2/groups/${id}`);
  expect([status, body]).toEqual([404, { message: `Group '${id}' does not exist` }]);
});

row(41, 'a group with an app starts its tasks', async () => {
  const id = bench().id('with-app');
  const created = await bench().deploy('POST', '/v2/groups', {
    id,
    apps: [bench().sleeper(`${id}/a`, { instances: 2 })],
  });
  expect(created.status).toBe(201);
  expect(await bench().tasks(`${id}/a`)).toHaveLength(2);
  const { apps, enforceRole } = await group(id);
  expect(apps).toMatchObject([{ id: `${id}/a`, instances: 2 }]);
  // Left out rather than false: Marathon's own Python client fails on the key.
  expect(enforceRole ?? false).toBe(false);
});

row(43, 'the same group again restarts nothing', async () => {
  const id = bench().id('same');
  const body = { id, apps: [bench().sleeper(`${id}/a`, { instances: 2 })] };
  await bench().deploy('POST', '/v2/groups', body);
  const before = await bench().taskIds(`${id}/a`);
  await bench().deploy('PUT', `/v2/groups/${id}`, body);
  expect(await bench().running(id)).toEqual([]);
  expect(await bench().taskIds(`${id}/a`)).toEqual(before);
});

row(45, 'a group goes back to a version', async () => {
  const id = bench().id('rollback');
  const app = bench().mock(`${id}/a`, 'v1');
  const v1 = await bench().deploy('POST', '/v2/groups', { id, apps: [app] });
  await bench().deploy('PUT', `/v2/groups/${id}`, { apps: [bench().mock(`${id}/a`, 'v2')] });
  await bench().deploy('PUT', `/v2/groups/${id}`, { version: v1.body.version });
  expect(await bench().app(app.id)).toMatchObject({ cmd: app.cmd, tasksHealthy: 1 });
  const unknown = '2014-01-01T00:00:00.000Z';
  expect(await bench().call('PUT', `/v2/groups/${id}`, { version: unknown })).toMatchObject({
    status: 422,
    body: { message: `Group ${id} not available in version ${unknown}` },
  });
});

row(50, 'a cycle of dependencies is refused', async () => {
  const id = bench().id('cycle');
  const app = (name: string, on: string) =>
    bench().sleeper(`${id}/${name}`, { dependencies: [`${id}/${on}`] });
  const apps = [app('db', 'frontend'), app('frontend', 'service'), app('service', 'db')];
  const { status, body } = await bench().call('POST', '/v2/groups', { id, apps });
  expect(status).toBe(422);
  expect(JSON.stringify(body.details)).toContain('cyclic dependencies');
});

/** Apps in the order of their first health check. */
function firstAsked(prefix: string): string[] {
  const asked = bench().control.asked.filter(({ app }) => app.startsWith(`${prefix}/`));
  return [...new Set(asked.map(({ app }) => app))];
}

row(51, 'apps start in the order of their dependencies', async () => {
  const id = bench().id('ordered');
  const app = (name: string, dependencies: string[]) => bench().mock(`${id}/${name}`, 'v1', { dependencies });
  const apps = [app('frontend', [`${id}/service`]), app('service', [`${id}/db`]), app('db', [])];
  await bench().deploy('POST', '/v2/groups', { id, apps });
  expect(firstAsked(id)).toEqual([`${id}/db`, `${id}/service`, `${id}/frontend`]);
});

row(52, 'groups start in the order of their dependencies', async () => {
  const id = bench().id('ordered-groups');
  const sub = (name: string, dependencies: string[]) => ({
    id: `${id}/${name}`,
    dependencies,
    apps: [bench().mock(`${id}/${name}/${name}1`, 'v1')],
  });
  const groups = [sub('frontend', [`${id}/service`]), sub('service', [`${id}/db`]), sub('db', [])];
  await bench().deploy('POST', '/v2/groups', { id, groups });
  expect(firstAsked(id)).toEqual([`${id}/db/db1`, `${id}/service/service1`, `${id}/frontend/frontend1`]);
});

row(53, 'relative dependencies come back absolute', async () => {
  const id = bench().id('relative');
  const app = (name: string, more: object) => bench().sleeper(name, { instances: 0, ...more });
  const body = {
    id,
    groups: [
      { id: 'db', apps: [app('db1', {})] },
      { id: 'service', apps: [app('service1', { dependencies: ['../db/db1'] })] },
      { id: 'frontend', apps: [app('frontend1', {})], dependencies: ['../service'] },
    ],
  };
  await bench().deploy('POST', '/v2/groups', body);
  expect((await bench().app(`${id}/service/service1`)).dependencies).toEqual([`${id}/db/db1`]);
  expect((await group(`${id}/frontend`)).dependencies).toEqual([`${id}/service`]);
});

row(55, 'enforceRole is for top-level groups only', async () => {
  const id = bench().id('roles');
  await bench().deploy('POST', '/v2/groups', { id });
  const patch = (path: string) => bench().call('PATCH', `/v2/groups/${path}`, { enforceRole: true });
  expect((await patch(id)).status).toBe(422);
  expect(await patch(bench().base)).toMatchObject({ status: 200, body: '' });
});

row(79, 'versions of groups are bare arrays', async () => {
  const id = bench().id('versions-of');
  const { body } = await bench().deploy('POST', '/v2/groups', { id });
  expect((await bench().get(`/v2/groups/${id}/versions`)).body).toEqual([body.version]);
  const root = (await bench().get('/v2/groups/versions')).body;
  expect(root).toContain(body.version);
  const at = await bench().get(`/v2/groups/${id}/versions/${body.version}`);
  expect(at.body).toMatchObject({ id, apps: [], version: body.version });
});

row(80, 'a group with the id of an app is refused', async () => {
  const id = bench().id('taken');
  await bench().deploy('POST', '/v2/groups', { id, apps: [bench().sleeper(`${id}/app`, { instances: 0 })] });
  const { status, body } = await bench().call('POST', '/v2/groups', { id: `${id}/app` });
  expect([status, body]).toEqual([409, { message: `An app with the path ${id}/app already exists.` }]);
});

row(82, 'relative ids of groups', async () => {
  const relative = bench().base.slice(1);
  await bench().deploy('POST', '/v2/groups', { id: `${relative}-rel` });
  expect(await group(`${bench().base}-rel`)).toMatchObject({ id: `${bench().base}-rel`, groups: [] });
  const parent = bench().id('parent');
  await bench().deploy('POST', `/v2/groups/${parent}`, { id: 'child' });
  expect(await group(`${parent}/child`)).toMatchObject({ id: `${parent}/child` });
  await bench().deploy('DELETE', `/v2/groups/${bench().base}-rel`);
});

row(83, 'an app that is no child of its group is refused', async () => {
  const parent = bench().id('foo');
  const { status, body } = await bench().call('POST', `/v2/groups/${parent}`, {
    id: 'sub',
    apps: [{ id: 'lol/bibi', cmd: 'sleep 1' }],
  });
  expect(status).toBe(422);
  expect(JSON.stringify(body.details)).toContain(`Identifier is not child of '${parent}/sub'`);
});

row(130, 'a group is scaled by a factor', async () => {
  const id = bench().id('twice');
  await bench().deploy('POST', '/v2/groups', { id, apps: [bench().sleeper(`${id}/a`)] });
  await bench().deploy('PUT', `/v2/groups/${id}`, { scaleBy: 2 });
  expect(await bench().tasks(`${id}/a`)).toHaveLength(2);
});

row(131, 'an app is scaled, then its group', async () => {
  const id = bench().id('app-then-group');
  await bench().deploy('POST', '/v2/groups', {
    id,
    apps: [bench().sleeper(`${id}/a`), bench().sleeper(`${id}/b`)],
  });
  await bench().deploy('PUT', `/v2/apps/${id}/a`, { instances: 2 });
  await bench().deploy('PUT', `/v2/groups/${id}`, { scaleBy: 2 });
  expect(await bench().tasks(`${id}/a`)).toHaveLength(4);
  expect(await bench().tasks(`${id}/b`)).toHaveLength(2);
});
