import { afterAll, beforeAll, expect } from 'vitest';
import { eventsSince } from '../../src/store/events.js';
import { until } from '../helpers/until.js';
import { Whole } from '../helpers/whole.js';
import { edge } from './support/edge.js';
import { createApps, PATIENCE, Release, release, serve, web } from './support/release.js';
import { SCENES } from './support/scenes.js';
import { outOfBounds } from './support/verdicts.js';

const ALL_FIRST = { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 } };
const ALL_DOWN = { upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 } };

let whole: Whole;
beforeAll(async () => {
  whole = await Whole.open();
});
afterAll(() => whole?.close());

/** Types of the events that name the deployment, or the app. */
async function eventsOf(of: string): Promise<string[]> {
  const all = await eventsSince(whole.store.db, whole.environment, 0, 100_000);
  return all.filter(({ event }) => event.id === of || event.appId === of).map(({ event }) => event.eventType);
}

async function begun(method: string, path: string, body?: object): Promise<Release> {
  const reply = await whole.call(method, path, body);
  const id = reply.headers.get('marathon-deployment-id');
  if (!id) throw new Error(`${method} ${path} answered ${reply.status}: ${reply.text}`);
  return new Release(whole, path, id);
}

edge(11, 'no old one goes for new ones that have been started and are not ready', async () => {
  await createApps(whole, [web('/m/ready', 1, ALL_FIRST)]);
  whole.driver.judge('/m/ready', ({ cmd }) => cmd === serve(1));
  const upgrade = await release(whole, '/m/ready', 2, {}, ALL_FIRST);
  const old = upgrade.ids(1);
  await until(() => upgrade.ids(2).length === 3, { what: 'the new ones', ...PATIENCE });
  expect(upgrade.ids(1)).toEqual(old);
  upgrade.mend();
  expect(await upgrade.ended()).toMatchObject({ outcome: 'succeeded' });
});

edge(13, 'of three at once the first is reverted, as if only the other two had been', async () => {
  const apps = ['/m/three-a', '/m/three-b', '/m/three-c'];
  await createApps(whole, apps);
  const all = await Promise.all(apps.map((app) => SCENES.paused.bring(whole, app)));
  const [first, second, third] = all as [Release, Release, Release];
  const { body } = await first.post('rollback');
  await new Release(whole, first.app, body.id).ended();
  expect(await Promise.all(all.map((each) => each.cmd()))).toEqual([serve(1), serve(2), serve(2)]);
  for (const other of [second, third]) {
    expect((await other.deployment()).state).toBe('paused');
    await other.post('resume');
    expect(await other.ended()).toMatchObject({ outcome: 'succeeded' });
  }
});

edge(14, 'a group that is reverted keeps the app that another deployment put into it', async () => {
  const group = await begun('POST', '/v2/groups', { id: '/m-group', apps: [web('/m-group/own', 1)] });
  await group.ended();
  await createApps(whole, ['/m-group/other']);
  const { body } = await group.post('rollback');
  expect(await new Release(whole, '/m-group', body.id).ended()).toMatchObject({ outcome: 'succeeded' });
  expect((await whole.call('GET', '/v2/apps/m-group/own')).status).toBe(404);
  expect((await whole.call('GET', '/v2/apps/m-group/other')).status).toBe(200);
  expect(whole.driver.of('/m-group/other')).toHaveLength(3);
});

edge(17, 'an app that is never healthy is never a success, and its checks tell', async () => {
  const [check] = web('/m/sick', 1).healthChecks;
  whole.driver.judge('/m/sick', () => false);
  const healthChecks = [{ ...check, gracePeriodSeconds: 0, delaySeconds: 0 }];
  const created = await begun('POST', '/v2/apps', web('/m/sick', 1, { healthChecks }));
  await until(async () => (await eventsOf('/m/sick')).includes('failed_health_check_event'), PATIENCE);
  expect(await eventsOf(created.id)).not.toContain('deployment_success');
  await created.post('close');
});

edge(18, 'DELETE with force stops it: 202, deployment_failed, the app stays', async () => {
  whole.driver.judge('/m/stopped', () => false);
  const created = await begun('POST', '/v2/apps', web('/m/stopped', 1));
  await until(() => whole.driver.of('/m/stopped').length === 3, PATIENCE);
  const { status } = await whole.call('DELETE', `/v2/deployments/${created.id}?force=true`);
  expect([status, (await created.ended()).outcome]).toEqual([202, 'failed']);
  expect(await eventsOf(created.id)).toContain('deployment_failed');
  expect((await whole.call('GET', '/v2/apps/m/stopped')).status).toBe(200);
  expect(whole.driver.of('/m/stopped')).toHaveLength(3);
});

edge(19, 'DELETE of a creation: another deployment takes the app away', async () => {
  whole.driver.judge('/m/undone', () => false);
  const created = await begun('POST', '/v2/apps', web('/m/undone', 1));
  await until(() => whole.driver.of('/m/undone').length === 3, PATIENCE);
  const back = await begun('DELETE', `/v2/deployments/${created.id}`);
  expect(back.id).not.toBe(created.id);
  expect(await back.ended()).toMatchObject({ outcome: 'succeeded' });
  expect((await whole.call('GET', '/v2/apps/m/undone')).status).toBe(404);
  expect(whole.driver.of('/m/undone')).toEqual([]);
});

edge(
  20,
  'all were down for a version that does not fit: the way back starts the old ones again',
  async () => {
    await createApps(whole, [web('/m/huge', 1, ALL_DOWN)]);
    const upgrade = await begun('PUT', '/v2/apps/m/huge', { cmd: serve(2), cpus: 1_000_000 });
    await until(() => whole.driver.of('/m/huge').length === 0, { what: 'all to be down', ...PATIENCE });
    const back = await begun('DELETE', `/v2/deployments/${upgrade.id}`);
    expect(await back.ended()).toMatchObject({ outcome: 'succeeded' });
    expect(new Release(whole, '/m/huge', back.id).running()).toEqual(Array(3).fill(serve(1)));
  },
);

edge(21, 'a group is upgraded: no app has fewer than its minimum at any moment', async () => {
  const apps = ['/m-bounds/a', '/m-bounds/b'];
  const more = { upgradeStrategy: { minimumHealthCapacity: 0.6, maximumOverCapacity: 0.5 } };
  await createApps(
    whole,
    apps.map((app) => web(app, 1, more)),
  );
  const upgraded = { id: '/m-bounds', apps: apps.map((app) => web(app, 2, more)) };
  expect(await (await begun('PUT', '/v2/groups/m-bounds', upgraded)).ended()).toMatchObject({
    outcome: 'succeeded',
  });
  await whole.runtime.flush();
  for (const app of apps) expect(outOfBounds(whole.told, app, { fewest: 2, most: 4 })).toEqual([]);
});

edge(22, 'a second change of a group that is upgraded is 409, and with force it takes over', async () => {
  await createApps(whole, ['/m-locked/a']);
  whole.driver.judge('/m-locked/a', ({ cmd }) => cmd !== serve(2));
  const put = (version: number) => ({ id: '/m-locked', apps: [web('/m-locked/a', version)] });
  const first = await begun('PUT', '/v2/groups/m-locked', put(2));
  const refused = await whole.call('PUT', '/v2/groups/m-locked', put(3));
  expect([refused.status, refused.body.deployments]).toEqual([409, [{ id: first.id }]]);
  const second = await begun('PUT', '/v2/groups/m-locked?force=true', put(3));
  expect(await second.ended()).toMatchObject({ outcome: 'succeeded' });
  expect(await first.ended()).toMatchObject({ outcome: 'superseded', supersededBy: second.id });
});

edge(23, 'dependencies in a circle are 422', async () => {
  const apps = [web('/m-circle/a', 1), web('/m-circle/b', 1)].map((app, index, all) => ({
    ...app,
    dependencies: [all[1 - index]?.id],
  }));
  const { status } = await whole.call('PUT', '/v2/groups', { id: '/m-circle', apps });
  expect(status).toBe(422);
});
