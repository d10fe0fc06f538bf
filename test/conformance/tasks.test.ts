import { expect } from 'vitest';
import { until } from '../helpers/until.js';
import { HEALTH, type Json } from './support/bench.js';
import { row } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();
const HOUR = { backoffSeconds: 3600, maxLaunchDelaySeconds: 3600 };
const killed = (taskId: string) => (e: Json) => e.taskId === taskId && e.taskStatus === 'TASK_KILLED';

/** An app that ended once and waits an hour. */
async function failing(name: string, more: object = HOUR): Promise<{ id: string; deployment: string }> {
  const id = bench().id(name);
  const { deployment } = await bench().send(
    'POST',
    '/v2/apps',
    bench().sleeper(id, { cmd: 'exit 1', ...more }),
  );
  await bench().untilQueued(id, ({ delay }) => !delay.overdue);
  return { id, deployment };
}

row(19, 'a forced change of cmd forgets the back-off', async () => {
  const { id } = await failing('forgets');
  await bench().deploy('PUT', `/v2/apps/${id}?force=true`, { cmd: 'exec sleep 1000' });
  expect(await bench().tasks(id)).toHaveLength(1);
  expect(await bench().queued(id)).toBeUndefined();
});

row(20, 'forced scaling keeps the back-off', async () => {
  const { id } = await failing('keeps');
  const scaled = await bench().send('PUT', `/v2/apps/${id}?force=true`, { instances: 3 });
  expect(scaled.status).toBe(200);
  const entry = await bench().untilQueued(id, ({ count }) => count === 3);
  expect(entry.delay).toMatchObject({ overdue: false });
  expect(entry.delay.timeLeftSeconds).toBeGreaterThan(3000);
});

row(22, 'the delay of a crash-looper is told and reset', async () => {
  const { id } = await failing('looper', { backoffSeconds: 600, maxLaunchDelaySeconds: 600 });
  const failures = () =>
    bench()
      .told(id, 'status_update_event')
      .filter((e) => e.taskStatus === 'TASK_FAILED').length;
  expect((await bench().queued(id))?.delay.timeLeftSeconds).toBeGreaterThanOrEqual(0);
  const before = failures();
  expect(await bench().call('DELETE', `/v2/queue/${id}/delay`)).toMatchObject({ status: 204, body: '' });
  await until(() => failures() > before, { what: 'the next launch' });
  const nobody = await bench().call('DELETE', `/v2/queue/${id}-no/delay`);
  expect(nobody).toMatchObject({
    status: 404,
    body: { message: `Application ${id}-no not found in tasks queue.` },
  });
});

row(25, 'an app that exits waits in the queue', async () => {
  const { id } = await failing('waits', { backoffSeconds: 60 });
  const entry = await bench().queued(id);
  expect(entry).toMatchObject({ count: 1, app: { id } });
  expect(entry?.delay.timeLeftSeconds).toBeGreaterThan(0);
});

row(62, 'a killed task comes back as its next incarnation', async () => {
  const id = bench().id('incarnation');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  const [task = ''] = await bench().taskIds(id);
  const answer = await bench().call('DELETE', `/v2/apps/${id}/tasks/${task}`);
  expect(answer).toMatchObject({ status: 200, deployment: '', body: { task: { id: task } } });
  await bench().log.first(killed(task), 'the kill');
  const [next = ''] = await bench().untilTasks(id, 1, ({ id: each }) => each !== task);
  const [, instance, incarnation] = /^(.*\._app\.)(\d+)$/.exec(task) ?? [];
  expect(next).toBe(`${instance}${Number(incarnation) + 1}`);
  await bench().call('DELETE', `/v2/apps/${id}/tasks/${next}?wipe=true`);
  const [wiped = ''] = await bench().untilTasks(id, 1, ({ id: each }) => each !== next);
  expect(wiped.startsWith(instance ?? '')).toBe(false);
});

row(64, 'a task that is scaled away is told as killing', async () => {
  const id = bench().id('killing');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  const [task] = await bench().taskIds(id);
  await bench().deploy('DELETE', `/v2/apps/${id}/tasks?scale=true`);
  const states = bench()
    .told(id, 'status_update_event')
    .filter((e) => e.taskId === task);
  expect(states.map((e) => e.taskStatus)).toEqual([
    'TASK_STAGING',
    'TASK_RUNNING',
    'TASK_KILLING',
    'TASK_KILLED',
  ]);
});

row(65, 'a task that traps TERM has its grace period', async () => {
  const id = bench().id('graceful');
  const cmd = "trap 'sleep 30' TERM; while :; do sleep 0.1; done";
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { cmd, taskKillGracePeriodSeconds: 3 }));
  const [task = ''] = await bench().taskIds(id);
  const began = Date.now();
  await bench().deploy('DELETE', `/v2/apps/${id}/tasks?scale=true`);
  const { timestamp } = await bench().log.first(killed(task), 'the kill');
  expect(Date.parse(String(timestamp)) - began).toBeGreaterThanOrEqual(3000);
});

row(88, 'the last failure is embedded on request', async () => {
  const { id } = await failing('failed');
  const { body } = await bench().get(`/v2/apps?id=${id}&embed=apps.lastTaskFailure`);
  expect(body.apps[0].lastTaskFailure).toMatchObject({
    appId: id,
    state: 'TASK_FAILED',
    taskId: expect.any(String),
  });
  const plain = await bench().get(`/v2/apps?id=${id}`);
  expect(plain.body.apps[0]).not.toHaveProperty('lastTaskFailure');
});

row(94, 'scale and wipe exclude each other', async () => {
  const id = bench().id('both');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { instances: 0 }));
  const { status, body } = await bench().call('DELETE', `/v2/apps/${id}/tasks?scale=true&wipe=true`);
  expect([status, body]).toEqual([400, { message: 'You cannot use scale and wipe at the same time.' }]);
});

row(95, 'tasks of several apps are killed by their ids', async () => {
  const ids = [bench().id('many-a'), bench().id('many-b')];
  for (const id of ids) await bench().deploy('POST', '/v2/apps', bench().sleeper(id));
  const all = async () => (await Promise.all(ids.map((id) => bench().taskIds(id)))).flat();
  const first = await all();
  const plain = await bench().call('POST', '/v2/tasks/delete', { ids: first });
  expect(plain.body.tasks.map((task: Json) => task.id).sort()).toEqual(first);
  for (const task of first) await bench().log.first(killed(task), `${task} killed`);
  for (const id of ids) await bench().untilTasks(id, 1, ({ state }) => state === 'TASK_RUNNING');
  const scaled = await bench().deploy('POST', '/v2/tasks/delete?scale=true', { ids: await all() });
  expect(scaled.body).toEqual({ version: expect.any(String), deploymentId: scaled.deployment });
  expect(await all()).toEqual([]);
  const invalid = await bench().call('POST', '/v2/tasks/delete', { ids: ['invalidTaskId'] });
  expect(invalid.status).toBe(400);
  expect(invalid.body.message).toContain("Invalid task id 'invalidTaskId'.");
});

row(118, 'a change is not finished before the kill is confirmed', async () => {
  const id = bench().id('confirmed');
  const cmd = "trap 'sleep 1.5; exit 0' TERM; while :; do sleep 0.1; done";
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { cmd, taskKillGracePeriodSeconds: 20 }));
  const [task = ''] = await bench().taskIds(id);
  const changed = await bench().deploy('PUT', `/v2/apps/${id}`, { cmd: 'exec sleep 2000' });
  const events = bench().log.events;
  const end = events.findIndex((e) => e.eventType === 'deployment_success' && e.id === changed.deployment);
  expect(events.findIndex(killed(task))).toBeGreaterThan(-1);
  expect(events.findIndex(killed(task))).toBeLessThan(end);
});

for (const [killSelection, kept] of [
  ['YOUNGEST_FIRST', 0],
  ['OLDEST_FIRST', 1],
] as const) {
  row(`119 ${killSelection}`, 'scaling down by age; what is not running yet goes first', async () => {
    const id = bench().id(`order-${kept}`);
    await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { killSelection }));
    const [first] = await bench().taskIds(id);
    await bench().deploy('PUT', `/v2/apps/${id}`, { instances: 2 });
    const second = (await bench().taskIds(id)).find((each) => each !== first);
    await bench().deploy('PUT', `/v2/apps/${id}`, { instances: 1 });
    expect(await bench().taskIds(id)).toEqual([[first, second][kept]]);
  });
}

row(121, 'a scaling that starts nothing is done at once, whatever the health', async () => {
  const app = bench().mock(bench().id('unhealthy-scaled'), 'v1', { instances: 2 });
  await bench().deploy('POST', '/v2/apps', app);
  bench().control.set('health', `${app.id}@v1`, false);
  await until(async () => (await bench().app(app.id)).tasksUnhealthy === 2, { what: 'both to be unhealthy' });
  await bench().deploy('PUT', `/v2/apps/${app.id}`, { instances: 1 });
  expect(await bench().app(app.id)).toMatchObject({ tasksRunning: 1, tasksUnhealthy: 1 });
});

row(128, 'a task whose process dies is replaced', async () => {
  const id = bench().id('dies');
  const cmd = 'echo $$ > pid; exec sleep 1000';
  await bench().deploy('POST', '/v2/apps', bench().sleeper(id, { cmd, backoffSeconds: 0.1 }));
  const [before] = await bench().taskIds(id);
  const { body } = await bench().get(`/api/instances/${before}`);
  process.kill(-body.pid, 'SIGKILL');
  const [after] = await bench().untilTasks(
    id,
    1,
    (task) => task.id !== before && task.state === 'TASK_RUNNING',
  );
  expect(after).toBeDefined();
});

row(133, 'an unhealthy task is counted and with 0 failures never killed', async () => {
  const app = bench().mock(bench().id('sick'), 'v1', {
    healthChecks: [{ ...HEALTH, gracePeriodSeconds: 0 }],
  });
  bench().control.set('health', `${app.id}@v1`, false);
  const stuck = await bench().send('POST', '/v2/apps', app);
  const counts = { tasksRunning: 1, tasksHealthy: 0, tasksUnhealthy: 1 };
  await until(async () => (await bench().app(app.id)).tasksUnhealthy === 1, { what: 'the count' });
  await bench().polled('health', app.id, 'v1', 6);
  expect(await bench().app(app.id)).toMatchObject(counts);
  expect(bench().told(app.id, 'unhealthy_instance_kill_event')).toEqual([]);
  expect(bench().ended(stuck)).toBe(false);
});

row(134, 'an app for a host that does not exist goes on deploying', async () => {
  const id = bench().id('pinned');
  const stuck = await bench().send(
    'POST',
    '/v2/apps',
    bench().sleeper(id, {
      constraints: [['hostname', 'LIKE', 'no-such-host']],
    }),
  );
  const entry = await bench().untilQueued(id);
  const { rejectSummaryLastOffers } = entry.processedOffersSummary;
  expect(rejectSummaryLastOffers).toContainEqual({
    reason: 'UnfulfilledConstraint',
    declined: 1,
    processed: 1,
  });
  expect(await bench().running(id)).toMatchObject([{ id: stuck.deployment }]);
  expect(await bench().tasks(id)).toEqual([]);
});

row(137, 'what is missing is in the queue', async () => {
  const id = bench().id('huge');
  await bench().send('POST', '/v2/apps', bench().sleeper(id, { cpus: 10_000 }));
  const { processedOffersSummary, delay } = await bench().untilQueued(id);
  const cpus = processedOffersSummary.rejectSummaryLastOffers.find(
    (e: Json) => e.reason === 'InsufficientCpus',
  );
  expect(cpus.declined).toBeGreaterThan(0);
  expect(delay).toEqual({ timeLeftSeconds: 0, overdue: true });
});
