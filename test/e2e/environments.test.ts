import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServiceProcess } from '../helpers/service-process.js';

const web = (instances: number) => ({ id: '/web', cmd: 'sleep 1000', cpus: 0.1, mem: 16, instances });

describe('two environments of one service', () => {
  let service: ServiceProcess;
  const pids = async (environment: string) => {
    const path = `/environments/${environment}/api/instances?app=/web`;
    const { items } = (await service.call<{ items: { pid: number; state: string }[] }>('GET', path)).body;
    return items.filter(({ state }) => state === 'running').map(({ pid }) => pid);
  };

  beforeAll(async () => {
    service = await ServiceProcess.create();
    const file = join(service.home, 'slipway.config.json');
    const environments = { test: {}, production: { production: true, cpus: 2 } };
    await writeFile(file, JSON.stringify({ environments }));
    service.env.SLIPWAY_CONFIG = file;
    await service.start();
  });
  afterAll(() => service.dispose());

  test('are listed, the default one first, each with its capacity', async () => {
    const { body } = await service.call<{ items: object[] }>('GET', '/api/environments');
    expect(body.items).toMatchObject([
      { name: 'test', runtime: 'process', default: true, production: false },
      { name: 'production', runtime: 'process', default: false, production: true, capacity: { cpus: 2 } },
    ]);
  });

  test('have apps, instances, deployments and events of their own', async () => {
    const inTest = await service.change('POST', '/v2/apps', web(1));
    const inProduction = await service.change('POST', '/environments/production/v2/apps', web(2));
    expect((await service.ended(inTest)).environment).toBe('test');
    const path = `/environments/production/api/deployments/${inProduction}`;
    await service.endedAt(path);
    expect(await pids('test')).toHaveLength(1);
    expect(await pids('production')).toHaveLength(2);
    expect((await service.call('GET', `/api/deployments/${inProduction}`)).status).toBe(404);

    const removed = await service.change('DELETE', '/v2/apps/web');
    await service.ended(removed);
    expect(await pids('test')).toHaveLength(0);
    expect(await pids('production')).toHaveLength(2);
  });

  test('the same processes run on after the service was killed, and `down --instances` ends them in all', async () => {
    const before = await pids('production');
    await service.end('SIGKILL');
    await service.start();
    expect(await pids('production')).toEqual(before);
    const { code, stdout } = await service.cli('-e', 'production', 'ps');
    expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 3 });
    expect((await service.cli('down', '--instances')).stdout).toContain('2 instances have been ended');
  });
});
