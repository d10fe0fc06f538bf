import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processesOf } from '../helpers/os-truth.js';
import { ServiceProcess } from '../helpers/service-process.js';
import { NO_SMALL_DISK, SmallDisk } from '../helpers/small-disk.js';
import { until } from '../helpers/until.js';

const app = (id: string, fields: object = {}) => ({ id, cmd: 'sleep 1000', cpus: 0.05, mem: 16, ...fields });

const RESUME = { by: 'ana', requestId: 'once' };

describe.skipIf(NO_SMALL_DISK)(`the whole service on a disk that is full${NO_SMALL_DISK}`, () => {
  let disk: SmallDisk;
  let service: ServiceProcess;

  beforeEach(async () => {
    disk = SmallDisk.make(400);
    service = await ServiceProcess.start({}, disk.path);
  });
  afterEach(async () => {
    disk.clear();
    await service.dispose();
    disk.dispose();
  });

  test('says so, accepts nothing, reads and supervises on, and everything goes on when there is room', async () => {
    await service.ended(await service.change('POST', '/v2/apps', app('/web', { instances: 2 })));
    const before = await processesOf('/web', service.home);
    await service.ended(await service.change('POST', '/v2/apps', app('/paused', { instances: 2 })));
    const paused = await service.change('POST', '/api/deployments', {
      change: { app: app('/paused', { instances: 2, cmd: 'sleep 2000' }) },
      strategy: { type: 'batches', batches: 2 },
      pauseMode: 'first',
    });
    const gate = async () => (await service.deployment(paused)).gate?.kind;
    await until(async () => (await gate()) === 'pause', { what: 'the pause', timeoutMs: 20_000 });

    disk.fill();
    const refused = await service.call('POST', '/v2/apps', app('/late'));
    expect(refused.status).toBe(503);
    expect(refused.body.message).toMatch(
      /^Nothing can be stored now: the disk of the database is nearly full/,
    );
    expect(refused.headers.get('retry-after')).toBeTruthy();
    expect(service.output).toContain('the disk is full: changes are refused until there is room');
    expect((await service.call('GET', '/v2/apps//late')).status).toBe(404);
    expect((await service.call('GET', '/v2/apps//web')).status).toBe(200);
    expect((await service.call('GET', '/api/deployments')).status).toBe(200);
    expect(await processesOf('/web', service.home)).toEqual(before);
    // What needs Temporal is done or refused, never lost by a 500.
    const command = await service.call('POST', `/api/deployments/${paused}/resume`, RESUME);
    expect([200, 503]).toContain(command.status);

    disk.clear();
    const late = await until(() => service.change('POST', '/v2/apps', app('/late')).catch(() => undefined), {
      what: 'a change to be accepted again',
      timeoutMs: 20_000,
    });
    expect(await service.ended(late)).toMatchObject({ outcome: 'succeeded' });
    // It may have been taken although its answer was lost: the same request id counts once.
    if (command.status === 503) await service.call('POST', `/api/deployments/${paused}/resume`, RESUME);
    expect(await service.ended(paused)).toMatchObject({ outcome: 'succeeded' });
    expect(await processesOf('/web', service.home)).toEqual(before);
    expect(await processesOf('/paused', service.home)).toHaveLength(2);
  });
});
