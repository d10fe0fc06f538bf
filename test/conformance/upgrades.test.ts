import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../helpers/until.js';
import { HEALTH, type Json, READINESS } from './support/bench.js';
import { type Census, census } from './support/census.js';
import { row } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();
const both = (min: number, over: number) => ({
  upgradeStrategy: { minimumHealthCapacity: min, maximumOverCapacity: over },
});
const healthy = (id: string, version: string, verdict: boolean) =>
  bench().control.set('health', `${id}@${version}`, verdict);

/** An app of healthy v1 tasks, and its stuck upgrade to a v2 that is not. */
async function stuckUpgrade(
  name: string,
  more: object,
): Promise<{ id: string; v1: string[]; upgrade: Json; v1Version: string }> {
  const id = bench().id(name);
  const created = await bench().deploy('POST', '/v2/apps', bench().mock(id, 'v1', more));
  const v1 = await bench().taskIds(id);
  healthy(id, 'v2', false);
  const upgrade = await bench().send('PUT', `/v2/apps/${id}`, bench().mock(id, 'v2', more));
  return { id, v1, upgrade, v1Version: created.body.version };
}

const counts = (id: string, v1Version: string): Census => census(bench().log.events, id, v1Version);

for (const protocol of ['HTTP', 'MESOS_HTTP']) {
  row(`26 ${protocol}`, 'a creation succeeds once the check has passed', async () => {
    const id = bench().id(`check-${protocol.toLowerCase().replace('_', '-')}`);
    healthy(id, 'v1', false);
    const created = await bench().send(
      'POST',
      '/v2/apps',
      bench().mock(id, 'v1', { healthChecks: [{ ...HEALTH, protocol }] }),
    );
    await bench().polled('health', id, 'v1');
    expect(bench().ended(created)).toBe(false);
    healthy(id, 'v1', true);
    await bench().succeeded(created);
    expect(bench().told(id, 'health_status_changed_event').at(-1)).toMatchObject({ alive: true });
  });
}

for (const protocol of ['TCP', 'MESOS_TCP']) {
  row(`26 ${protocol}`, 'a creation succeeds once the port takes connections', async () => {
    const id = bench().id(`check-${protocol.toLowerCase().replace('_', '-')}`);
    bench().control.set('listen', `${id}@v1`, false);
    const { path: _, ...check } = { ...HEALTH, protocol };
    const app = bench().mock(id, 'v1', { healthChecks: [check] });
    const created = await bench().send('POST', '/v2/apps', { ...app, cmd: `${app.cmd} listen-late` });
    const asked = () => bench().control.count('listen', id, 'v1');
    await until(() => asked() >= 3, { what: 'the app to wait' });
    expect(bench().ended(created)).toBe(false);
    bench().control.set('listen', `${id}@v1`, true);
    await bench().succeeded(created);
  });
}

row('26 COMMAND', 'a creation succeeds once the command does', async () => {
  const id = bench().id('check-command');
  const file = join(tmpdir(), `slipway-test${id.replaceAll('/', '-')}`);
  const healthChecks = [
    {
      ...HEALTH,
      protocol: 'COMMAND',
      command: { value: `test -f ${file}` },
      path: undefined,
      portIndex: undefined,
    },
  ];
  const created = await bench().send('POST', '/v2/apps', bench().sleeper(id, { healthChecks }));
  await until(async () => (await bench().app(id)).tasksRunning === 1, { what: 'the task to run' });
  expect(bench().ended(created)).toBe(false);
  try {
    await writeFile(file, '');
    await bench().succeeded(created);
  } finally {
    await rm(file, { force: true });
  }
});

for (const [number, name, broken] of [
  [28, 'failing', async () => false],
  [29, 'slow', () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 2000))],
] as const) {
  row(number, `a check that is always ${name} never lets a creation succeed`, async () => {
    const id = bench().id(`always-${name}`);
    bench().control.set('health', `${id}@v1`, broken);
    const check = {
      ...HEALTH,
      gracePeriodSeconds: 0,
      intervalSeconds: 0.1,
      timeoutSeconds: 0.2,
      maxConsecutiveFailures: 3,
    };
    const created = await bench().send('POST', '/v2/apps', bench().mock(id, 'v1', { healthChecks: [check] }));
    const failures = () => bench().told(id, 'failed_health_check_event').length;
    await until(() => failures() >= 10, { what: '10 failed checks', timeoutMs: 30_000 });
    expect(bench().told(id, 'unhealthy_instance_kill_event').length).toBeGreaterThan(0);
    expect(bench().ended(created)).toBe(false);
    expect((await bench().deploy('DELETE', `/v2/apps/${id}`)).status).toBe(200);
    expect(await bench().running(id)).toEqual([]);
  });
}

row(44, 'an upgrade whose check passes late succeeds', async () => {
  const id = bench().id('late');
  const group = (version: string) => ({ id, apps: [bench().mock(`${id}/a`, version)] });
  await bench().deploy('POST', '/v2/groups', group('v1'));
  healthy(`${id}/a`, 'v2', false);
  const upgrade = await bench().send('PUT', `/v2/groups/${id}`, group('v2'));
  await bench().polled('health', `${id}/a`, 'v2');
  expect(bench().ended(upgrade)).toBe(false);
  healthy(`${id}/a`, 'v2', true);
  await bench().succeeded(upgrade);
});

row(46, 'the old tasks stay while the new ones are not healthy', async () => {
  const { id, v1, upgrade } = await stuckUpgrade('stays', { instances: 2, ...both(1, 1) });
  await bench().untilTasks(id, 4);
  await bench().polled('health', id, 'v2', 6);
  const running = (await bench().tasks(id)).filter(({ state }) => state === 'TASK_RUNNING');
  expect(running.map((task) => task.id)).toEqual(expect.arrayContaining(v1));
  expect(bench().ended(upgrade)).toBe(false);
  healthy(id, 'v2', true);
  await bench().succeeded(upgrade);
});

row(47, 'a change during a stuck upgrade is refused', async () => {
  const { id, upgrade } = await stuckUpgrade('refused', { instances: 1 });
  const refused = await bench().call('PUT', `/v2/apps/${id}`, bench().mock(id, 'v3'));
  expect(refused).toMatchObject({
    status: 409,
    deployment: '',
    body: {
      message: expect.stringMatching(
        /^App is locked by one or more deployments\. Override with the option '\?force=true'\./,
      ),
      deployments: [{ id: upgrade.deployment }],
    },
  });
  const told = (e: Json) => e.eventType === 'group_change_failed' && e.groupId === bench().base;
  await bench().log.first(told, 'the refusal');
  expect((await bench().app(id)).cmd).toContain(' v2 ');
});

row(48, 'a change during a stuck upgrade is taken with force', async () => {
  const { id, upgrade } = await stuckUpgrade('forced', { instances: 1 });
  await bench().deploy('PUT', `/v2/apps/${id}?force=True`, bench().mock(id, 'v4'));
  const failed = (e: Json) => e.eventType === 'deployment_failed' && e.id === upgrade.deployment;
  await bench().log.first(failed, 'the old to fail');
  expect((await bench().app(id)).cmd).toContain(' v4 ');
});

row(49, 'a group that is being created is deleted with force only', async () => {
  const id = bench().id('group-stuck');
  healthy(`${id}/a`, 'v1', false);
  await bench().send('POST', '/v2/groups', { id, apps: [bench().mock(`${id}/a`, 'v1')] });
  expect((await bench().call('DELETE', `/v2/groups/${id}`)).status).toBe(409);
  const before = bench().log.where((e) => e.eventType === 'group_change_failed').length;
  expect(before).toBeGreaterThan(0);
  expect((await bench().deploy('DELETE', `/v2/groups/${id}?force=true`)).status).toBe(200);
  expect((await bench().get(`/v2/groups/${id}`)).status).toBe(404);
});

const readyApp = (id: string, version: string, more: object = {}) =>
  bench().mock(id, version, { healthChecks: [], readinessChecks: [READINESS], ...more });
const ready = (of: string, verdict: boolean) => bench().control.set('ready', of, verdict);

row(56, 'a creation waits for readiness', async () => {
  const id = bench().id('readiness');
  ready(`${id}@v1`, false);
  const created = await bench().send('POST', '/v2/apps', readyApp(id, 'v1'));
  await bench().polled('ready', id, 'v1');
  const [listed] = await bench().running(id);
  expect(listed).toMatchObject({ id: created.deployment, currentStep: 2, totalSteps: 2 });
  const results = async () => (await bench().running(id))[0]?.currentActions[0]?.readinessCheckResults;
  await until(async () => (await results())?.length > 0, { what: 'the results in currentActions' });
  expect(await results()).toEqual([
    { name: 'ready', ready: false, taskId: expect.stringContaining('.instance-') },
  ]);
  ready(`${id}@v1`, true);
  await bench().succeeded(created);
});

row(58, 'an upgrade waits for readiness', async () => {
  const id = bench().id('readiness-upgrade');
  await bench().deploy('POST', '/v2/apps', readyApp(id, 'v1'));
  ready(`${id}@v2`, false);
  const upgrade = await bench().send('PUT', `/v2/apps/${id}`, readyApp(id, 'v2'));
  await bench().polled('ready', id, 'v2');
  expect(await bench().running(id)).toMatchObject([{ id: upgrade.deployment }]);
  ready(`${id}@v2`, true);
  await bench().succeeded(upgrade);
});

row(110, 'with a minimum of 0 all old ones go at once', async () => {
  const id = bench().id('all-at-once');
  const created = await bench().deploy(
    'POST',
    '/v2/apps',
    bench().sleeper(id, { instances: 3, ...both(0, 0) }),
  );
  await bench().deploy('PUT', `/v2/apps/${id}`, { cmd: 'exec sleep 2000' });
  const { steps, most } = counts(id, created.body.version);
  expect(steps.some(({ old, ending, fresh }) => old - ending === 0 && fresh === 0)).toBe(true);
  expect(most).toBe(3);
});

row(113, 'in lockstep where nothing may be beyond the count', async () => {
  const { id, upgrade, v1Version } = await stuckUpgrade('lockstep', { instances: 3, ...both(0.5, 0) });
  healthy(id, 'v2', true);
  await bench().succeeded(upgrade);
  const { most, leastServing } = counts(id, v1Version);
  expect(most).toBe(3);
  expect(leastServing).toBe(2);
});

row(115, 'each healthy new one ends one old one', async () => {
  const { id, upgrade, v1 } = await stuckUpgrade('waves', { instances: 3, ...both(1, 0.7) });
  const all = await bench().untilTasks(id, 5, ({ state }) => state === 'TASK_RUNNING');
  const [first = '', second = ''] = all.filter((each) => !v1.includes(each));
  await bench().polled('health', id, 'v2', 4);
  expect((await bench().taskIds(id)).filter((each) => v1.includes(each))).toHaveLength(3);
  const oldLeft = (count: number) =>
    bench().untilTasks(id, count, (task) => v1.includes(task.id) && task.state === 'TASK_RUNNING');
  bench().control.set('health', first, true);
  await oldLeft(2);
  bench().control.set('health', second, true);
  await oldLeft(1);
  expect(bench().ended(upgrade)).toBe(false);
  healthy(id, 'v2', true);
  await bench().succeeded(upgrade);
  expect(await bench().tasks(id)).toHaveLength(3);
});

row(116, 'a surplus of old ones is ended at once, then one per healthy new one', async () => {
  const id = bench().id('surplus');
  await bench().deploy('POST', '/v2/apps', bench().mock(id, 'v1', { instances: 3, ...both(1, 1) }));
  const v1 = await bench().taskIds(id);
  healthy(id, 'v2', false);
  const upgrade = await bench().send(
    'PUT',
    `/v2/apps/${id}`,
    bench().mock(id, 'v2', { instances: 2, ...both(1, 1) }),
  );
  const old = (task: { id: string; state: string }) => v1.includes(task.id) && task.state === 'TASK_RUNNING';
  await bench().untilTasks(id, 2, old);
  await bench().untilTasks(id, 2, ({ id: each }) => !v1.includes(each));
  const [first = ''] = (await bench().taskIds(id)).filter((each) => !v1.includes(each));
  bench().control.set('health', first, true);
  await bench().untilTasks(id, 1, old);
  healthy(id, 'v2', true);
  await bench().succeeded(upgrade);
});

row('116b', 'an old one goes after the new one is healthy and ready', async () => {
  const id = bench().id('both-gates');
  const app = (version: string) => bench().mock(id, version, { readinessChecks: [READINESS] });
  await bench().deploy('POST', '/v2/apps', app('v1'));
  const [old] = await bench().taskIds(id);
  healthy(id, 'v2', false);
  ready(`${id}@v2`, false);
  const upgrade = await bench().send('PUT', `/v2/apps/${id}`, app('v2'));
  await bench().polled('ready', id, 'v2');
  healthy(id, 'v2', true);
  await bench().log.first(
    (e) =>
      e.eventType === 'health_status_changed_event' &&
      e.appId === id &&
      e.version !== undefined &&
      e.alive === true &&
      !String(e.instanceId).startsWith(String(old).replace(/\._app.*/, '')),
    'the new one to be healthy',
  );
  await bench().polled('ready', id, 'v2');
  expect(await bench().taskIds(id)).toContain(old);
  expect(bench().ended(upgrade)).toBe(false);
  ready(`${id}@v2`, true);
  await bench().succeeded(upgrade);
});

for (const [health, readiness] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const) {
  row(
    `122 ${health ? 'health' : ''}${health && readiness ? '+' : ''}${readiness ? 'readiness' : ''}`,
    'gates of a creation',
    async () => {
      const id = bench().id(`gates-${Number(health)}${Number(readiness)}`);
      healthy(id, 'v1', false);
      ready(`${id}@v1`, false);
      const more = {
        ...(health ? {} : { healthChecks: [] }),
        ...(readiness ? { readinessChecks: [READINESS] } : {}),
      };
      const created = await bench().send('POST', '/v2/apps', bench().mock(id, 'v1', more));
      if (health) {
        await bench().polled('health', id, 'v1');
        expect(bench().ended(created)).toBe(false);
        healthy(id, 'v1', true);
      }
      if (readiness) {
        await bench().polled('ready', id, 'v1');
        expect(bench().ended(created)).toBe(false);
        ready(`${id}@v1`, true);
      }
      await bench().succeeded(created);
    },
  );
}

row(136, 'an unhealthy upgrade is rolled back to the old count and definition', async () => {
  const { id, upgrade, v1 } = await stuckUpgrade('rolled-back', { instances: 1 });
  await bench().succeeded(await bench().send('DELETE', `/v2/deployments/${upgrade.deployment}`));
  expect(await bench().taskIds(id)).toEqual(v1);
  expect((await bench().app(id)).cmd).toContain(' v1 ');
});

row(142, 'the worked case: at most 6+6 and 16+16', async () => {
  const id = bench().id('worked');
  const app = (name: string, instances: number, minimumHealthCapacity: number, cmd: string) => ({
    ...bench().sleeper(`${id}/${name}`, { cmd, instances, upgradeStrategy: { minimumHealthCapacity } }),
    ...(name === 'app' ? { dependencies: [`${id}/db`] } : {}),
  });
  const apps = (cmd: string) => [app('db', 10, 0.6, cmd), app('app', 20, 0.8, cmd)];
  const created = await bench().deploy('POST', '/v2/groups', { id, apps: apps('exec sleep 1000') });
  const upgrade = await bench().send('PUT', `/v2/groups/${id}`, { apps: apps('exec sleep 2000') });
  await bench().succeeded(upgrade, 60_000);
  const db = counts(`${id}/db`, created.body.version);
  const front = counts(`${id}/app`, created.body.version);
  expect([db.most, db.leastServing, front.most, front.leastServing]).toEqual([12, 6, 32, 16]);
  expect(db.steps.some(({ old, fresh }) => old === 6 && fresh === 6)).toBe(true);
  expect(front.steps.some(({ old, fresh }) => old === 16 && fresh === 16)).toBe(true);
});
