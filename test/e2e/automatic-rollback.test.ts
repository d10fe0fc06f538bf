import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deployment, LedgerEntry } from '../../src/model/deployment.js';
import { processesOf } from '../helpers/os-truth.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start();
});
afterAll(() => service.dispose());

function web(id: string, more: object = {}) {
  return {
    id,
    cmd: `exec node ${SERVER} --name web --port $PORT0`,
    instances: 3,
    cpus: 0.05,
    mem: 32,
    portDefinitions: [{ port: 0, name: 'http' }],
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
    ...more,
  };
}

/** Releases a good version, then a broken one; the processes of the good one and the deployment of the broken one. */
async function breakIt(id: string, broken: object, options: object) {
  await service.ended(await service.change('POST', '/v2/apps', web(id)));
  const old = await processesOf(id, service.home);
  expect(old).toHaveLength(3);
  const body = { change: { app: web(id, broken) }, onFailure: 'rollback', by: 'ana', ...options };
  const { body: started } = await service.call<Deployment>('POST', '/api/deployments', body);
  return { old, broken: started.id };
}

async function ledger(id: string): Promise<LedgerEntry[]> {
  const { body } = await service.call<{ items: LedgerEntry[] }>('GET', `/api/ledger?deployment=${id}`);
  return body.items;
}

/** The broken release ended as failed and names the one that reverted it. */
async function rolledBack(id: string): Promise<Deployment> {
  const failed = await service.ended(id);
  expect(failed).toMatchObject({ outcome: 'failed', rolledBackBy: expect.any(String) });
  expect(failed.description).toMatch(/^batch 1\/\d of .* failed: .*; it is rolled back$/);
  const back = await service.ended(failed.rolledBackBy ?? '');
  expect(back).toMatchObject({ outcome: 'succeeded', rollbackOf: id, by: 'slipway' });
  return back;
}

test('a release that exits at once is rolled back by itself: the processes are the same, the ledger says who and why', async () => {
  const app = '/exits';
  const { old, broken } = await breakIt(app, { cmd: 'exit 3' }, {});
  const back = await rolledBack(broken);
  expect(await processesOf(app, service.home)).toEqual(old);
  const { body } = await service.call<{ app: { cmd: string } }>('GET', `/v2/apps/${app}`);
  expect(body.app.cmd).toContain('--name web');

  const told = await ledger(broken);
  expect(told).toContainEqual(
    expect.objectContaining({ by: 'slipway', channel: 'system', command: 'rollback' }),
  );
  expect(told).toContainEqual(expect.objectContaining({ by: 'slipway', channel: 'system', command: 'hold' }));
  const [begun] = (await ledger(back.id)).slice(-1);
  expect(begun).toMatchObject({ by: 'slipway', channel: 'system', command: 'rollback' });
  expect(begun?.reason).toMatch(/^batch 1\/1 of \/exits failed: .*status 3/);
});

test('a release that never gets healthy holds first, and then goes back; what of the good ones was left stays', async () => {
  const app = '/sick';
  const options = {
    strategy: { type: 'batches', batches: 3 },
    progressDeadlineSeconds: 2,
    holdSeconds: 2,
  };
  const cmd = `exec node ${SERVER} --name sick --port $PORT0 --unhealthy`;
  const { old, broken } = await breakIt(app, { cmd }, options);
  await rolledBack(broken);
  const hold = (await ledger(broken)).find(({ command }) => command === 'hold');
  const ended = (await ledger(broken)).find(({ command }) => command === 'rollback');
  expect(Date.parse(ended?.at ?? '') - Date.parse(hold?.at ?? '')).toBeGreaterThanOrEqual(2_000);
  const now = await processesOf(app, service.home);
  expect(now).toHaveLength(3);
  // One had gone for the first batch; the other two are the same.
  expect(now.filter((pid) => old.includes(pid))).toHaveLength(2);
});
