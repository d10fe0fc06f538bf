import { expect } from 'vitest';
import { until } from '../helpers/until.js';
import { type Json, READINESS } from './support/bench.js';
import { rowAlone } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();
const v1Ids = new Map<string, string[]>();

/** Two healthy v1 tasks and an upgrade to two v2 tasks that do not pass yet. */
async function halfway(
  name: string,
  kind: 'health' | 'ready',
  more: object,
): Promise<{ id: string; upgrade: Json }> {
  const id = bench().id(name);
  const upgradeStrategy = { minimumHealthCapacity: 1, maximumOverCapacity: 1 };
  const app = (version: string) => bench().mock(id, version, { instances: 2, upgradeStrategy, ...more });
  await bench().deploy('POST', '/v2/apps', app('v1'));
  v1Ids.set(id, await bench().taskIds(id));
  bench().control.set(kind, `${id}@v2`, false);
  const upgrade = await bench().send('PUT', `/v2/apps/${id}`, app('v2'));
  await bench().untilTasks(id, 4, ({ state }) => state === 'TASK_RUNNING');
  await bench().polled(kind, id, 'v2');
  return { id, upgrade };
}

async function freshOf(id: string): Promise<string[]> {
  return (await bench().taskIds(id)).filter((each) => !v1Ids.get(id)?.includes(each));
}

// One crash serves all four rows: what each had is looked at before and after.
rowAlone('59 60 61 112', 'after a crash of the service each deployment goes on where it was', async () => {
  const unique = bench().id('unique');
  const constraints = [['hostname', 'UNIQUE']];
  const stuck = await bench().send(
    'POST',
    '/v2/apps',
    bench().sleeper(unique, { instances: 2, constraints }),
  );
  const placed = await bench().untilTasks(unique, 1, ({ state }) => state === 'TASK_RUNNING');

  const readiness = await halfway('readiness', 'ready', { healthChecks: [], readinessChecks: [READINESS] });
  const health = await halfway('health', 'health', {});
  const lockstep = bench().id('lockstep');
  const upgradeStrategy = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 };
  const app = (version: string) => bench().mock(lockstep, version, { instances: 2, upgradeStrategy });
  await bench().deploy('POST', '/v2/apps', app('v1'));
  const old = await bench().taskIds(lockstep);
  bench().control.set('health', `${lockstep}@v2`, false);
  const step = await bench().send('PUT', `/v2/apps/${lockstep}`, app('v2'));
  const both = () => bench().untilTasks(lockstep, 2, ({ state }) => state === 'TASK_RUNNING');
  await until(async () => (await both()).some((each) => !old.includes(each)), {
    what: 'one old and one new',
  });

  const [first = ''] = await freshOf(readiness.id);
  bench().control.set('ready', first, true);
  await bench().untilTasks(readiness.id, 3, ({ state }) => state === 'TASK_RUNNING');
  const fresh = { readiness: await freshOf(readiness.id), health: await freshOf(health.id) };
  const before = await both();

  await bench().restart();

  const ids = (await bench().get('/v2/deployments')).body.map(({ id }: Json) => id).sort();
  const expected = [stuck, readiness.upgrade, health.upgrade, step]
    .map(({ deployment }) => deployment)
    .sort();
  expect(ids).toEqual(expected);
  // 59
  expect(await bench().taskIds(unique)).toEqual(placed);
  // 60
  await bench().polled('ready', readiness.id, 'v2');
  bench().control.set('ready', `${readiness.id}@v2`, true);
  await bench().succeeded(readiness.upgrade);
  expect(await bench().taskIds(readiness.id)).toEqual(fresh.readiness);
  // 61
  await bench().polled('health', health.id, 'v2');
  expect((await bench().tasks(health.id)).filter(({ state }) => state === 'TASK_RUNNING')).toHaveLength(4);
  bench().control.set('health', `${health.id}@v2`, true);
  await bench().succeeded(health.upgrade);
  expect(await bench().taskIds(health.id)).toEqual(fresh.health);
  // 112
  await bench().polled('health', lockstep, 'v2');
  expect(await both()).toEqual(before);
  bench().control.set('health', `${lockstep}@v2`, true);
  await bench().succeeded(step);
  const after = await bench().taskIds(lockstep);
  expect(after.filter((each) => old.includes(each))).toEqual([]);
  expect(after.filter((each) => before.includes(each))).toHaveLength(1);
});
