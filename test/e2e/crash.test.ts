import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { processesOf } from '../helpers/os-truth.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const APP = '/shop/web';
let service: ServiceProcess;

afterEach(() => service.dispose());

/** Ten instances of a program with a check; each version says its number. */
function web(version: number, more: object = {}) {
  return {
    id: APP,
    cmd: `exec node ${SERVER} --name web --port $PORT0 --version ${version}`,
    instances: 10,
    cpus: 0.05,
    mem: 32,
    portDefinitions: [{ port: 0, name: 'http' }],
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 10 }],
    upgradeStrategy: { minimumHealthCapacity: 0.6 },
    ...more,
  };
}

test('a service killed in the middle of an upgrade goes on where it was, with the same processes', async () => {
  service = await ServiceProcess.start();
  await service.ended(await service.change('POST', '/v2/apps', web(1)));
  const before = await processesOf(APP, service.home);
  expect(before).toHaveLength(10);

  // Late enough for the kill to come within the batch.
  const cmd = `${web(2).cmd} --ready-after 4000`;
  const upgrade = await service.change('PUT', `/v2/apps/${APP}`, web(2, { cmd }));
  const during = await until(
    async () => {
      const now = await processesOf(APP, service.home);
      const old = now.filter((pid) => before.includes(pid)).length;
      return old === 6 && now.length === 12 ? now : undefined;
    },
    { what: '6 old and 6 new' },
  );
  await service.end('SIGKILL');
  expect(await processesOf(APP, service.home)).toEqual(during);

  await service.start();
  const ended = await service.ended(upgrade);
  expect(ended).toMatchObject({ id: upgrade, outcome: 'succeeded' });
  const after = await processesOf(APP, service.home);
  expect(after).toHaveLength(10);
  // The six new ones of the first batch are still the same processes.
  expect(after.filter((pid) => during.includes(pid) && !before.includes(pid))).toHaveLength(6);
});

test('a service that is told to end leaves instances running; the next one takes them over', async () => {
  service = await ServiceProcess.start();
  await service.ended(await service.change('POST', '/v2/apps', web(1, { instances: 3 })));
  const before = await processesOf(APP, service.home);
  expect(await service.end('SIGTERM')).toBe(0);
  expect(await processesOf(APP, service.home)).toEqual(before);

  // One that ends meanwhile is noticed and replaced.
  const [gone, ...kept] = before;
  process.kill(-(gone ?? 0), 'SIGKILL');
  await service.start();
  await until(async () => (await processesOf(APP, service.home)).length === 3, { what: 'the replacement' });
  expect(await processesOf(APP, service.home)).toEqual(expect.arrayContaining(kept));
  const down = await service.cli('down', '--instances');
  expect(down).toMatchObject({ code: 0 });
  expect(await processesOf(APP, service.home)).toEqual([]);
});

test('what was accepted while Temporal was away is started when it is back', async () => {
  service = await ServiceProcess.start();
  const status = await service.call('GET', '/api/status');
  expect(status.status).toBe(200);
  const { pid } = JSON.parse(await readServer(service.home)) as { pid: number };
  process.kill(pid, 'SIGKILL');
  const id = await service.change('POST', '/v2/apps', { id: '/late', cmd: 'sleep 1000', cpus: 0.1, mem: 16 });
  expect(await service.ended(id)).toMatchObject({ outcome: 'succeeded' });
});

function readServer(home: string): Promise<string> {
  return readFile(`${home}/temporal/server.json`, 'utf8');
}
