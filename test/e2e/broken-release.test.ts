import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processesOf } from '../helpers/os-truth.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start();
});
afterAll(() => service.dispose());

const CHECK = {
  protocol: 'HTTP',
  path: '/health',
  intervalSeconds: 1,
  gracePeriodSeconds: 30,
  timeoutSeconds: 1,
};

function good(id: string, more: object = {}) {
  return {
    id,
    cmd: `exec node ${SERVER} --name good --port $PORT0`,
    instances: 2,
    cpus: 0.05,
    mem: 32,
    portDefinitions: [{ port: 0, name: 'http' }],
    healthChecks: [CHECK],
    ...more,
  };
}

/** Releases a good version, then a broken one; returns the processes of the good one and the stuck deployment. */
async function breakIt(id: string, broken: object): Promise<{ old: number[]; stuck: string }> {
  await service.ended(await service.change('POST', '/v2/apps', good(id)));
  const old = await processesOf(id, service.home);
  expect(old).toHaveLength(2);
  const stuck = await service.change('PUT', `/v2/apps/${id}`, good(id, broken));
  return { old, stuck };
}

/** The old instances are there, the deployment is visible in both APIs and tells why. */
async function staysUp(id: string, old: number[], stuck: string, why: RegExp): Promise<void> {
  const told = async () => why.test(JSON.stringify(await service.deployment(stuck)));
  await until(told, { what: `the reason ${why}`, timeoutMs: 20_000 });
  expect(await processesOf(id, service.home)).toEqual(expect.arrayContaining(old));
  const { body } = await service.call<{ id: string; affectedApps: string[] }[]>('GET', '/v2/deployments');
  expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ id: stuck, affectedApps: [id] })]));
}

describe('a broken release leaves the old instances up', () => {
  test('the command is not found: a corrective change ends it', async () => {
    const { old, stuck } = await breakIt('/not-found', { cmd: 'no-such-program --port $PORT0' });
    await staysUp('/not-found', old, stuck, /127|not found/);
    const corrected = await service.change(
      'PUT',
      '/v2/apps//not-found?force=true',
      good('/not-found', { env: { V: '2' } }),
    );
    expect(await service.ended(corrected)).toMatchObject({ outcome: 'succeeded' });
    expect(await service.ended(stuck)).toMatchObject({ outcome: 'superseded', supersededBy: corrected });
    expect(await processesOf('/not-found', service.home)).toHaveLength(2);
  });

  test('the new version exits at once: a rollback ends it, and the old processes are the same', async () => {
    const { old, stuck } = await breakIt('/exits', { cmd: 'exit 3' });
    await staysUp('/exits', old, stuck, /exit(ed)?.*status 3|3/);
    const { status, body } = await service.call<{ deploymentId: string }>(
      'DELETE',
      `/v2/deployments/${stuck}`,
    );
    expect(status).toBe(200);
    expect(await service.ended(body.deploymentId)).toMatchObject({ outcome: 'succeeded', rollbackOf: stuck });
    expect(await processesOf('/exits', service.home)).toEqual(old);
  });

  test('without a check a version that exits at once does not take over either', async () => {
    const { old, stuck } = await breakIt('/unchecked', { cmd: 'exit 4', healthChecks: [] });
    await staysUp('/unchecked', old, stuck, /status 4/);
    const answer = await service.call('POST', `/api/deployments/${stuck}/cancel`, {
      by: 'ana',
      reason: 'broken',
    });
    expect(answer.status).toBe(200);
    expect(await service.ended(stuck)).toMatchObject({ outcome: 'cancelled' });
    expect(await processesOf('/unchecked', service.home)).toEqual(old);
    const { body } = await service.call<{ app: { cmd: string } }>('GET', '/v2/apps//unchecked');
    expect(body.app.cmd).toContain('server.js');
  });

  test('the new version never gets healthy: stopped without a rollback, the old ones serve on', async () => {
    const { old, stuck } = await breakIt('/sick', {
      cmd: `exec node ${SERVER} --name sick --port $PORT0 --unhealthy`,
    });
    await staysUp('/sick', old, stuck, /50[03]/);
    expect((await service.call('DELETE', `/v2/deployments/${stuck}?force=true`)).status).toBe(202);
    expect(await service.ended(stuck)).toMatchObject({ outcome: 'failed' });
    expect(await processesOf('/sick', service.home)).toEqual(expect.arrayContaining(old));
  });

  test('the port is taken by another program: it waits and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const { old, stuck } = await breakIt('/taken', { cmd: `exec node ${SERVER} --name x --port ${port}` });
      await staysUp('/taken', old, stuck, /exit|refused/i);
      const back = await service.call<{ id: string }>('POST', `/api/deployments/${stuck}/rollback`, {
        reason: 'port',
      });
      expect(back.status).toBe(200);
      expect(await service.ended(back.body.id)).toMatchObject({ outcome: 'succeeded' });
    } finally {
      taken.close();
    }
  });

  test('an app that does not fit waits and says what is missing; a change that fits ends it', async () => {
    const huge = { id: '/huge', cmd: 'sleep 1000', cpus: 10_000, mem: 16 };
    const stuck = await service.change('POST', '/v2/apps', huge);
    await until(async () => JSON.stringify(await service.deployment(stuck)).includes('10000 cpus'), {
      what: 'the reason',
    });
    const { body } = await service.call<{ queue: { app: { id: string } }[] }>('GET', '/v2/queue');
    expect(body.queue.map(({ app }) => app.id)).toContain('/huge');
    const conflict = await service.call<{ deployments: { id: string }[] }>('PUT', '/v2/apps//huge', {
      cpus: 0.1,
    });
    expect(conflict).toMatchObject({ status: 409, body: { deployments: [{ id: stuck }] } });
    const fits = await service.change('PUT', '/v2/apps//huge?force=true', { cpus: 0.1 });
    expect(await service.ended(fits)).toMatchObject({ outcome: 'succeeded' });
  });
});
