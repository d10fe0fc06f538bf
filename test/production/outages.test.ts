import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, LedgerEntry } from '../../src/model/deployment.js';
import { call, change, ended, Installation, type Part } from '../helpers/installation.js';
import { processesOf } from '../helpers/os-truth.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { NO_SMALL_DISK, SmallDisk } from '../helpers/small-disk.js';
import { TemporalServer } from '../helpers/temporal-server.js';
import { until } from '../helpers/until.js';

/** What is away answers late, and two cores are used by others, too. */
const TIMEOUT_MS = 240_000;
const SLOW = { timeoutMs: 60_000 };

const app = (id: string, version = 1) => ({
  id,
  cmd: `sleep 100${version}`,
  instances: 2,
  cpus: 0.02,
  mem: 8,
});

describe.skipIf(NO_POSTGRES)(`what the service needs is away${NO_POSTGRES}`, () => {
  let disk: SmallDisk | undefined;
  let temporal: TemporalServer;
  let installation: Installation;
  let api: Part;
  let worker: Part;

  beforeAll(async () => {
    disk = NO_SMALL_DISK ? undefined : SmallDisk.make(256);
    temporal = await TemporalServer.start();
    installation = await Installation.create(temporal.address, { disk: disk?.path });
    const parts = await Promise.all(
      (['api', 'worker', 'agent'] as const).map((kind) => installation.started(kind)),
    );
    [api, worker] = parts as [Part, Part, Part];
  });
  afterAll(async () => {
    disk?.clear();
    await installation?.dispose();
    await temporal?.dispose();
    disk?.dispose();
  });

  const get = (path: string) => call<{ message?: string }>(api, 'GET', path);
  const deployment = async (id: string) =>
    (await call<Deployment>(api, 'GET', `/api/deployments/${id}`)).body;
  const resume = (id: string) =>
    call<{ message?: string }>(api, 'POST', `/api/deployments/${id}/resume`, { by: 'ana' });
  const readiness = (part: Part) => call(part, 'GET', '/readyz');

  /** An app with two instances, and a deployment of it that is paused between its two batches. */
  async function paused(id: string): Promise<string> {
    await ended(api, await change(api, 'POST', '/v2/apps', app(id)));
    const release = await change(api, 'POST', '/api/deployments', {
      change: { app: app(id, 2) },
      strategy: { type: 'batches', batches: 2 },
      pauseMode: 'first',
    });
    await until(async () => (await deployment(release)).gate?.kind === 'pause', {
      ...SLOW,
      what: 'the pause',
    });
    return release;
  }

  /** It succeeded, says so once, and what it wanted runs. */
  async function expectOneEnd(id: string, of: string): Promise<void> {
    expect(await ended(api, id, 120_000)).toMatchObject({ outcome: 'succeeded' });
    const { body } = await call<{ items: LedgerEntry[] }>(api, 'GET', `/api/ledger?deployment=${id}`);
    expect(body.items.filter(({ command }) => command === 'succeeded')).toHaveLength(1);
    expect(await processesOf(of, installation.home)).toHaveLength(2);
  }

  test('Temporal: reads and accepting go on, commands are 503 with its name, and all is carried out when it is back', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const held = await paused('/held');
    await temporal.end('SIGKILL');
    const late = await change(api, 'POST', '/v2/apps', app('/late'));
    expect(await deployment(late)).toMatchObject({ state: 'accepted' });
    expect((await get('/v2/apps//held')).status).toBe(200);
    const refused = await resume(held);
    expect(refused.status).toBe(503);
    expect(refused.body.message).toBe(`Temporal at ${temporal.address} cannot be reached now`);
    expect(refused.headers.get('retry-after')).toBeTruthy();
    await until(async () => (await readiness(worker)).status === 503, SLOW);
    expect(await readiness(api)).toMatchObject({ status: 200, body: { temporal: false } });
    await temporal.resume();
    await expectOneEnd(late, '/late');
    await until(async () => (await resume(held)).status === 200, SLOW);
    await expectOneEnd(held, '/held');
  });

  test('Temporal hangs: a command is given up in time, a change is accepted, and all is carried out when it answers', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const held = await paused('/hung');
    temporal.freeze();
    const late = await change(api, 'POST', '/v2/apps', app('/patient'));
    const refused = await resume(held);
    expect(refused.status).toBe(503);
    temporal.thaw();
    await expectOneEnd(late, '/patient');
    // It may have been taken all the same.
    await until(async () => [200, 409].includes((await resume(held)).status), SLOW);
    await expectOneEnd(held, '/hung');
  });

  test('the database, between the acceptance of a change and the start of its workflow', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await worker.end('SIGTERM');
    const accepted = await change(api, 'POST', '/v2/apps', app('/between'));
    await installation.postgres.end('SIGQUIT');
    worker.launch();
    await until(() => worker.output.includes('it is tried again every few seconds'), SLOW);
    expect(await get('/v2/apps')).toMatchObject({ status: 503 });
    await installation.postgres.resume();
    await expectOneEnd(accepted, '/between');
  });

  test('the database, when a deployment comes to its end', { timeout: TIMEOUT_MS }, async () => {
    const held = await paused('/ending');
    const connection = await Connection.connect({ address: temporal.address });
    const { workflow } = new Client({ connection, namespace: installation.namespace });
    const handle = workflow.getHandle(held);
    await installation.postgres.end('SIGQUIT');
    await handle.signal('resume', { by: 'ana' });
    const stuck = async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.message?.includes('database'));
    };
    await until(stuck, { ...SLOW, what: 'an activity that cannot write' });
    await installation.postgres.resume();
    await expectOneEnd(held, '/ending');
    expect((await handle.describe()).status.name).toBe('COMPLETED');
    await connection.close();
  });

  test('the database hangs: every request is 503 in time, and the next ones are served as soon as it answers', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await until(async () => (await readiness(api)).status === 200, SLOW);
    installation.postgres.freeze();
    try {
      const asked = Array.from({ length: 30 }, (_, at) =>
        at % 3 === 0 ? call(api, 'POST', '/v2/apps', app(`/hangs-${at}`)) : get('/v2/apps'),
      );
      expect([...new Set((await Promise.all(asked)).map(({ status }) => status))]).toEqual([503]);
      expect(await readiness(api)).toMatchObject({ status: 503, body: { database: false } });
      expect((await get('/healthz')).status).toBe(200);
    } finally {
      installation.postgres.thaw();
    }
    await until(async () => (await readiness(api)).status === 200, SLOW);
    const all = await Promise.all(Array.from({ length: 20 }, () => get('/v2/apps')));
    expect([...new Set(all.map(({ status }) => status))]).toEqual([200]);
    await expectOneEnd(await change(api, 'POST', '/v2/apps', app('/served')), '/served');
  });

  test.skipIf(NO_SMALL_DISK)(
    `the disk of the database is full: what it cannot keep is refused, and it goes on when there is room${NO_SMALL_DISK}`,
    { timeout: TIMEOUT_MS },
    async () => {
      const { postgres } = installation;
      disk?.fill();
      let at = 0;
      const refused = async () => {
        const answer = await call<{ message: string }>(api, 'POST', '/v2/apps', filling(at));
        if (answer.status !== 201) return answer;
        at += 1;
        return undefined;
      };
      // There is room left in what it has taken of the disk before.
      const { status, body, headers } = await until(refused, { ...SLOW, what: 'a refusal' });
      expect(status).toBe(503);
      expect(body.message).toMatch(/the disk of the database is full|The database cannot be reached/);
      expect(headers.get('retry-after')).toBeTruthy();
      const accepted = at;
      disk?.clear();
      if (!postgres.isRunning) await postgres.resume();
      const there = async () => (await get('/v2/apps//full/app-0')).status === 200;
      if (accepted > 0) await until(there, SLOW);
      await until(async () => (await call(api, 'POST', '/v2/apps', app('/room'))).status === 201, SLOW);
      const { body: apps } = await call<{ apps: { id: string }[] }>(api, 'GET', '/v2/apps');
      const kept = apps.apps.filter(({ id }) => id.startsWith('/full/')).length;
      expect(kept).toBe(accepted);
    },
  );

  test('both at once: instances run on, and whatever comes back first, all goes on', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const before = await processesOf('/served', installation.home);
    await Promise.all([installation.postgres.end('SIGQUIT'), temporal.end('SIGKILL')]);
    expect((await get('/v2/apps')).status).toBe(503);
    expect((await get('/healthz')).status).toBe(200);
    expect(await processesOf('/served', installation.home)).toEqual(before);
    await installation.postgres.resume();
    await until(async () => (await get('/v2/apps')).status === 200, SLOW);
    const accepted = await change(api, 'POST', '/v2/apps', app('/last'));
    await temporal.resume();
    await expectOneEnd(accepted, '/last');
    expect(await processesOf('/served', installation.home)).toEqual(before);
    expect(installation.parts.map(({ exitCode }) => exitCode)).toEqual([null, null, null]);
  });

  test('every process ends in order within 30 s of being told to, also while the database and Temporal hang', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const before = await processesOf('/served', installation.home);
    installation.postgres.freeze();
    temporal.freeze();
    const began = Date.now();
    const codes = await Promise.all(installation.parts.map((part) => part.end('SIGTERM')));
    const took = Date.now() - began;
    installation.postgres.thaw();
    temporal.thaw();
    expect(codes, installation.parts.map(({ output }) => output.slice(-2_000)).join('\n')).toEqual([0, 0, 0]);
    expect(took).toBeLessThan(30_000);
    expect(await processesOf('/served', installation.home)).toEqual(before);
  });
});

/** Large, and with nothing to run. */
function filling(at: number): object {
  const env = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`NAME_${n}`, `${at}`.repeat(2_000)]));
  return { ...app(`/full/app-${at}`), instances: 0, env };
}
