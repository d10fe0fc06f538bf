import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Instance, isAlive } from '../../src/model/instance.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

let service: ServiceProcess;

beforeAll(async () => {
  service = await ServiceProcess.start();
});
afterAll(() => service.dispose());

/** Three instances that note each start in their volume, and answer when they are up. */
function store(id: string, release: number, more: object = {}) {
  const note = `echo "$SLIPWAY_INSTANCE_NAME release ${release}" >> data/starts`;
  return {
    id,
    cmd: `${note}; exec node ${SERVER} --name store --port $PORT0 --version ${release}`,
    instances: 3,
    cpus: 0.05,
    mem: 32,
    stateful: true,
    backoffSeconds: 0.1,
    portDefinitions: [{ port: 0, name: 'http' }],
    container: { type: 'MESOS', volumes: [{ containerPath: 'data', persistent: { size: 10 } }] },
    healthChecks: [
      { protocol: 'HTTP', path: '/health', intervalSeconds: 0.3, gracePeriodSeconds: 10, delaySeconds: 0 },
    ],
    ...more,
  };
}

async function instances(app: string): Promise<Instance[]> {
  return (await service.call<{ items: Instance[] }>('GET', `/api/instances?app=${app}`)).body.items;
}

/** All three run and are ready, in the order of their ordinals. */
async function ready(app: string): Promise<Instance[]> {
  return until(
    async () => {
      const alive = (await instances(app)).filter(({ state }) => isAlive(state));
      const all = alive.length === 3 && alive.every((one) => one.ready);
      return all ? alive.sort((a, b) => (a.ordinal ?? -1) - (b.ordinal ?? -1)) : undefined;
    },
    { what: `three ready instances of ${app}`, timeoutMs: 30_000 },
  );
}

/** Ordinals in the order of a time: "2 1 0". */
function inOrderOf(list: Instance[], time: 'stagedAt' | 'endedAt'): string {
  const sorted = [...list].sort((a, b) => (a[time] ?? '').localeCompare(b[time] ?? ''));
  return sorted.map(({ ordinal }) => ordinal).join(' ');
}

/** "0: 1, 1: 1, 2: 2": the incarnation of each ordinal. */
function incarnations(list: Instance[]): string {
  return list.map(({ ordinal, id }) => `${ordinal}: ${id.split('.').at(-1)}`).join(', ');
}

function dataOf(app: string, ordinal: number): Promise<string> {
  return readFile(join(service.home, `ordinals${app}/${ordinal}/volumes/data/starts`), 'utf8');
}

const ended = (list: Instance[]) => list.filter(({ endedAt }) => endedAt !== undefined);

test('a stateful app starts in order, knows who it is, and is scaled from the highest with its data kept', async () => {
  const app = '/ordered';
  await service.ended(await service.change('POST', '/v2/apps', store(app, 1)));
  const three = await ready(app);
  expect(inOrderOf(three, 'stagedAt')).toBe('0 1 2');
  for (const [index, one] of three.slice(1).entries())
    expect(one.stagedAt >= (three[index]?.since ?? '')).toBe(true);
  expect(await dataOf(app, 2)).toBe('ordered-2 release 1\n');

  const { stdout } = await service.cli('ps', app);
  expect(stdout).toMatch(/ID +APP +ORDINAL +VERSION/);
  const { body } = await service.call<{ tasks: object[] }>('GET', `/v2/apps/${app}/tasks`);
  expect(body.tasks).toHaveLength(3);
  for (const task of body.tasks) expect(task).not.toHaveProperty('ordinal');
  const shown = await service.call<{ app: object }>('GET', `/v2/apps/${app}`);
  expect(shown.body.app).not.toHaveProperty('stateful');

  await service.ended(await service.change('PUT', `/v2/apps/${app}`, { instances: 1 }));
  expect(inOrderOf(ended(await instances(app)), 'endedAt')).toBe('2 1');
  await service.ended(await service.change('PUT', `/v2/apps/${app}`, { instances: 3 }));
  expect(incarnations(await ready(app))).toBe('0: 1, 1: 2, 2: 2');
  expect(await dataOf(app, 2)).toBe('ordered-2 release 1\nordered-2 release 1\n');

  await service.ended(await service.change('DELETE', `/v2/apps/${app}`));
  expect(inOrderOf(ended(await instances(app)), 'endedAt')).toMatch(/2 1 0$/);
  const isForgotten = () =>
    dataOf(app, 0).then(
      () => false,
      () => true,
    );
  await until(isForgotten, { what: 'the data to be gone' });
});

test('an upgrade goes from the highest ordinal down, though an instance and the service are killed', async () => {
  const app = '/upgraded';
  await service.ended(await service.change('POST', '/v2/apps', store(app, 1)));
  const before = await ready(app);
  const upgrade = await service.change('POST', '/api/deployments', {
    change: { app: store(app, 2) },
    pauseMode: 'first',
  });
  const paused = async () => (await service.deployment(upgrade)).state === 'paused';
  await until(paused, { what: 'the pause after the first ordinal', timeoutMs: 30_000 });
  const during = await ready(app);
  expect(incarnations(during)).toBe('0: 1, 1: 1, 2: 2');

  // One of the old version dies while it is paused: it comes back as what it was.
  process.kill(-(before[0]?.pid ?? 0), 'SIGKILL');
  const again = await until(async () => {
    const now = await ready(app);
    return now[0]?.id === before[0]?.id ? undefined : now;
  });
  expect(again.map(({ version }) => version)).toEqual(during.map(({ version }) => version));
  expect(incarnations(again)).toBe('0: 2, 1: 1, 2: 2');

  await service.call('POST', `/api/deployments/${upgrade}/resume`, { by: 'ana' });
  const isGone = async () =>
    !(await instances(app)).some(({ id, state }) => id === during[1]?.id && state === 'running');
  await until(isGone, { what: 'the next ordinal to be taken', timeoutMs: 30_000 });
  await service.end('SIGKILL');
  await service.start();
  expect(await service.ended(upgrade)).toMatchObject({ outcome: 'succeeded' });

  const after = await ready(app);
  expect(new Set(after.map(({ version }) => version)).size).toBe(1);
  expect(inOrderOf(after, 'stagedAt')).toBe('2 1 0');
  expect(after[2]?.pid).toBe(during[2]?.pid);
  const uuids = (list: Instance[]) => list.map(({ id }) => id.replace(/\._app\.\d+$/, ''));
  expect(uuids(after)).toEqual(uuids(before));
  expect(await dataOf(app, 0)).toBe(
    ['1', '1', '2'].map((release) => `upgraded-0 release ${release}\n`).join(''),
  );
});

test('a broken first ordinal holds the upgrade; a rollback replaces that one and touches no other', async () => {
  const app = '/broken';
  await service.ended(await service.change('POST', '/v2/apps', store(app, 1)));
  const before = await ready(app);
  const broken = await service.change('POST', '/api/deployments', {
    change: { app: store(app, 2, { cmd: 'exit 3' }) },
  });
  const held = async () => (await service.deployment(broken)).state === 'held';
  await until(held, { what: 'the broken upgrade to be held', timeoutMs: 30_000 });
  const explained = await service.call<{ instances: { ordinal?: number; exitStatus?: number }[] }>(
    'GET',
    `/api/deployments/${broken}/explain`,
  );
  expect(explained.body.instances).toContainEqual(expect.objectContaining({ ordinal: 2, exitStatus: 3 }));

  const { body } = await service.call<{ id: string }>('POST', `/api/deployments/${broken}/rollback`, {});
  expect(await service.ended(body.id)).toMatchObject({ outcome: 'succeeded' });
  const after = await ready(app);
  expect(after.slice(0, 2).map(({ pid }) => pid)).toEqual(before.slice(0, 2).map(({ pid }) => pid));
  expect(after.map(({ version }) => version)).toEqual(before.map(({ version }) => version));
});

test('to recreate is to end all in reverse, and then to start all in order', async () => {
  const app = '/recreated';
  await service.ended(await service.change('POST', '/v2/apps', store(app, 1)));
  await ready(app);
  const change = { app: store(app, 2) };
  const id = await service.change('POST', '/api/deployments', { change, strategy: { type: 'recreate' } });
  expect(await service.ended(id)).toMatchObject({ outcome: 'succeeded' });
  const all = await instances(app);
  const [old, fresh] = [ended(all), await ready(app)];
  expect(inOrderOf(old, 'endedAt')).toBe('2 1 0');
  expect(inOrderOf(fresh, 'stagedAt')).toBe('0 1 2');
  expect(old.every(({ endedAt = '' }) => endedAt <= (fresh[0]?.stagedAt ?? ''))).toBe(true);
});
