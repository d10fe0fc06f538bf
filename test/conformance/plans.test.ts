import { expect } from 'vitest';
import type { Json } from './support/bench.js';
import { row } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();

/** Steps that a structural PUT of the group would take, as `[[action, app's name], …]` per step. */
async function dryRun(id: string, body: object): Promise<string[][]> {
  const answer = await bench().call('PUT', `/v2/groups/${id}?dryRun=True`, body);
  expect(answer).toMatchObject({ status: 200, deployment: '' });
  return answer.body.steps.map(({ actions }: Json) =>
    actions.map(({ action, app }: Json) => `${action} ${app.split('/').pop()}`).sort(),
  );
}

/** A group of apps of which nothing runs, so that only the plan matters. */
async function planned(name: string, apps: Json[], changed: Json[]): Promise<string[][]> {
  const id = bench().id(name);
  await bench().deploy('POST', '/v2/groups', { id, apps });
  return dryRun(id, { apps: changed });
}

const app = (id: string, more: object = {}): Json => ({
  id,
  cmd: 'exec sleep 1000',
  cpus: 0.01,
  mem: 1,
  ...more,
});

row(100, 'a dependency is restarted before what depends on it', async () => {
  const apps = (cmd: string, mongo: number, service: number) => [
    app('mongo', { cmd, instances: mongo }),
    app('service', { cmd, instances: service, dependencies: ['mongo'] }),
  ];
  expect(await planned('dependent', apps('exec sleep 1', 0, 0), apps('exec sleep 2', 1, 1))).toEqual([
    ['RestartApplication mongo'],
    ['RestartApplication service'],
  ]);
});

row(101, 'independent apps are restarted in one step', async () => {
  const apps = (cmd: string) => [app('a', { cmd }), app('b', { cmd })];
  expect(await planned('independent', apps('exec sleep 1000'), apps('exec sleep 2000'))).toEqual([
    ['RestartApplication a', 'RestartApplication b'],
  ]);
});

row(103, 'an app that is left out is stopped', async () => {
  const [kept, left] = [app('kept', { instances: 0 }), app('left', { instances: 0 })];
  expect(await planned('removed', [kept, left], [kept])).toEqual([['StopApplication left']]);
});

row(104, 'a change of args only is not nothing', async () => {
  const apps = (args: string[]) => [{ id: 'args', args, cpus: 0.01, mem: 1 }];
  const plan = await planned('args', apps(['sleep', '1000']), apps(['sleep', '2000']));
  expect(plan).toEqual([['RestartApplication args']]);
});

row(106, 'a restart is one restart of an unchanged app', async () => {
  const id = bench().id('restarted');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  const before = await bench().taskIds(id);
  const restart = await bench().deploy('POST', `/v2/apps/${id}/restart`);
  const info = bench().log.where(
    (e) => e.eventType === 'deployment_info' && (e.plan as Json).id === restart.deployment,
  );
  expect(info[0]).toMatchObject({
    plan: { steps: [{ actions: [{ action: 'RestartApplication', app: id }] }] },
  });
  const after = await bench().taskIds(id);
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
});

row(107, 'a change together with 0 instances is a scaling', async () => {
  const plan = await planned('to-nothing', [app('a')], [app('a', { cmd: 'exec sleep 2000', instances: 0 })]);
  expect(plan).toEqual([['ScaleApplication a']]);
});

row(124, 'a revert leaves alone what came later', async () => {
  const id = bench().id('revert');
  // It takes its time to end, so that the first deployment is still there.
  const slow = { cmd: "trap 'sleep 4; exit 0' TERM; sleep 1000 & wait", taskKillGracePeriodSeconds: 20 };
  const apps = [bench().sleeper(`${id}/app1`, slow), bench().sleeper(`${id}/app2`)];
  await bench().deploy('POST', '/v2/groups', { id, apps });
  const first = await bench().send('DELETE', `/v2/apps/${id}/app1`);
  await bench().deploy('POST', '/v2/apps', bench().sleeper(`${id}/app3`, { instances: 0 }));
  await bench().deploy('POST', '/v2/apps', bench().sleeper(`${id}/other/app4`, { instances: 0 }));
  await bench().deploy('DELETE', `/v2/apps/${id}/app2`);
  expect(bench().ended(first)).toBe(false);
  const back = await bench().send('DELETE', `/v2/deployments/${first.deployment}`);
  await bench().succeeded(back);
  const { body } = await bench().get(`/v2/apps/${id}/*`);
  expect(body['*'].map((each: Json) => each.id).sort()).toEqual([
    `${id}/app1`,
    `${id}/app3`,
    `${id}/other/app4`,
  ]);
});

row(125, 'a revert of a group that has children by now keeps it', async () => {
  const id = bench().id('revert-group');
  const stuck = await bench().send('POST', '/v2/groups', {
    id,
    dependencies: [bench().id('elsewhere')],
    apps: [bench().sleeper(`${id}/a`, { cpus: 10_000 })],
  });
  await bench().deploy('POST', '/v2/groups', { id: `${id}/sub` });
  await bench().succeeded(await bench().send('DELETE', `/v2/deployments/${stuck.deployment}`));
  const { body } = await bench().get(`/v2/groups/${id}`);
  expect(body).toMatchObject({ id, dependencies: [], apps: [], groups: [{ id: `${id}/sub` }] });
});

row(139, 'a lock holds its own apps only', async () => {
  const id = bench().id('locks');
  const apps = [bench().sleeper(`${id}/b`, { instances: 0 }), bench().sleeper(`${id}/a`, { instances: 0 })];
  await bench().deploy('POST', '/v2/groups', { id, apps });
  const holder = await bench().send('PUT', `/v2/apps/${id}/a`, { cpus: 10_000, instances: 1 });
  await bench().deploy('PUT', `/v2/apps/${id}/b`, { instances: 1 });
  await bench().deploy('PUT', `/v2/groups/${id}`, { dependencies: [bench().id('elsewhere')] });
  const locked = await bench().call('PUT', `/v2/apps/${id}/a`, { instances: 2 });
  expect(locked).toMatchObject({ status: 409, body: { deployments: [{ id: holder.deployment }] } });
  expect(locked.body.message).toContain("View details at '/v2/deployments/");
  expect((await bench().call('DELETE', `/v2/deployments/${holder.deployment}?force=true`)).status).toBe(202);
});

row(140, 'the definition is the new one from acceptance on', async () => {
  const id = bench().id('target');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  const stuck = await bench().send('PUT', `/v2/apps/${id}`, { cpus: 10_000 });
  expect(await bench().app(id)).toMatchObject({ cpus: 10_000, deployments: [{ id: stuck.deployment }] });
  await bench().succeeded(await bench().send('DELETE', `/v2/deployments/${stuck.deployment}`));
});
