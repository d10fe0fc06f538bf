import { beforeAll, expect } from 'vitest';
import { until } from '../helpers/until.js';
import { type Answer, type Json, READINESS } from './support/bench.js';
import { rowAlone } from './support/row.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();
const RUNNING = ({ state }: { state: string }) => state === 'TASK_RUNNING';

/** An app in the middle of an upgrade when the service crashes. */
interface Halfway {
  id: string;
  upgrade: Answer;
  old: string[];
  /** Tasks at the moment of the crash. */
  before: string[];
}

let unique: { id: string; placed: string[]; stuck: Answer };
let readiness: Halfway;
let health: Halfway;
let lockstep: Halfway;
/** Ids of the deployments that ran after the crash. */
let survived: string[];

/** Two healthy v1 tasks and an upgrade to two v2 tasks that do not pass yet. */
async function halfway(name: string, kind: 'health' | 'ready', more: object): Promise<Halfway> {
  const id = bench().id(name);
  const app = (version: string) => bench().mock(id, version, { instances: 2, ...more });
  await bench().deploy('POST', '/v2/apps', app('v1'));
  const old = await bench().taskIds(id);
  bench().control.set(kind, `${id}@v2`, false);
  const upgrade = await bench().send('PUT', `/v2/apps/${id}`, app('v2'));
  await bench().polled(kind, id, 'v2');
  return { id, upgrade, old, before: [] };
}

const freshOf = ({ old }: Halfway, ids: string[]) => ids.filter((each) => !old.includes(each));
const strategy = (minimumHealthCapacity: number, maximumOverCapacity: number) => ({
  upgradeStrategy: { minimumHealthCapacity, maximumOverCapacity },
});

async function uniqueApp(): Promise<typeof unique> {
  const id = bench().id('unique');
  const constraints = [['hostname', 'UNIQUE']];
  const stuck = await bench().send('POST', '/v2/apps', bench().sleeper(id, { instances: 2, constraints }));
  return { id, stuck, placed: await bench().untilTasks(id, 1, RUNNING) };
}

/** All four at once, and one crash for all of them. */
beforeAll(async () => {
  [unique, readiness, health, lockstep] = await Promise.all([
    uniqueApp(),
    halfway('readiness', 'ready', { ...strategy(1, 1), healthChecks: [], readinessChecks: [READINESS] }),
    halfway('health', 'health', strategy(1, 1)),
    halfway('lockstep', 'health', strategy(0.5, 0)),
  ]);
  const [first = ''] = freshOf(readiness, await bench().untilTasks(readiness.id, 4, RUNNING));
  bench().control.set('ready', first, true);
  readiness.before = await bench().untilTasks(readiness.id, 3, RUNNING);
  health.before = await bench().untilTasks(health.id, 4, RUNNING);
  const mixed = () => bench().untilTasks(lockstep.id, 2, RUNNING);
  await until(async () => freshOf(lockstep, await mixed()).length === 1, { what: 'one old and one new' });
  lockstep.before = await mixed();
  await bench().restart();
  survived = (await bench().get('/v2/deployments')).body.map(({ id }: Json) => id);
});

rowAlone(59, 'the running task of an app that is not complete keeps its id', async () => {
  expect(survived).toContain(unique.stuck.deployment);
  expect(await bench().taskIds(unique.id)).toEqual(unique.placed);
});

rowAlone(60, 'an upgrade that waits for readiness ends with its own tasks under its own id', async () => {
  expect(survived).toContain(readiness.upgrade.deployment);
  await bench().polled('ready', readiness.id, 'v2');
  expect(bench().ended(readiness.upgrade)).toBe(false);
  bench().control.set('ready', `${readiness.id}@v2`, true);
  await bench().succeeded(readiness.upgrade);
  expect(await bench().taskIds(readiness.id)).toEqual(freshOf(readiness, readiness.before));
});

rowAlone(61, 'an upgrade that waits for health ends with its own tasks', async () => {
  expect(survived).toContain(health.upgrade.deployment);
  await bench().polled('health', health.id, 'v2');
  expect(await bench().untilTasks(health.id, 4, RUNNING)).toEqual(health.before);
  bench().control.set('health', `${health.id}@v2`, true);
  await bench().succeeded(health.upgrade);
  expect(await bench().taskIds(health.id)).toEqual(freshOf(health, health.before));
});

rowAlone(112, 'the healthy old one is not ended for an unhealthy new one', async () => {
  expect(survived).toContain(lockstep.upgrade.deployment);
  await bench().polled('health', lockstep.id, 'v2');
  expect(await bench().taskIds(lockstep.id)).toEqual(lockstep.before);
  bench().control.set('health', `${lockstep.id}@v2`, true);
  await bench().succeeded(lockstep.upgrade);
  const after = await bench().taskIds(lockstep.id);
  expect(freshOf(lockstep, after)).toEqual(after);
  expect(after).toEqual(expect.arrayContaining(freshOf(lockstep, lockstep.before)));
});
