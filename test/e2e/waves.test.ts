import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, LedgerEntry } from '../../src/model/deployment.js';
import { ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const ENVIRONMENTS = ['test', 'staging', 'production'];

describe('a release over several environments', () => {
  let service: ServiceProcess;

  beforeAll(async () => {
    service = await ServiceProcess.create();
    const file = join(service.home, 'slipway.config.json');
    const environments = Object.fromEntries(ENVIRONMENTS.map((name) => [name, {}]));
    await writeFile(file, JSON.stringify({ environments }));
    service.env.SLIPWAY_CONFIG = file;
    await service.start();
  });
  afterAll(() => service.dispose());

  const app = (id: string, mark: string, more: object = {}) => ({
    id,
    cmd: `exec sleep 1000 # ${mark}`,
    cpus: 0.1,
    mem: 16,
    instances: 1,
    ...more,
  });

  /** Breaks in production only: the program ends at once where this file is not. */
  const needs = (file: string) => ({ cmd: `test -e ${file} && exec sleep 1000` });

  async function release(change: object, waves: object[], options: object = {}): Promise<string> {
    const body = { change, waves, by: 'ana', reason: 'new logo', ...options };
    const { status, body: answer } = await service.call<Deployment>('POST', '/api/deployments', body);
    expect({ status, answer }).toMatchObject({ status: 201 });
    return answer.id;
  }

  const everywhere = (...gates: unknown[]) =>
    ENVIRONMENTS.map((environment, index) => ({
      environment,
      ...(gates[index] ? { gate: gates[index] } : {}),
    }));
  const command = (id: string, name: string, body: object = {}) =>
    service.call<Deployment>('POST', `/api/deployments/${id}/${name}`, { by: 'ana', ...body });
  const states = (deployment: Deployment) => deployment.waves?.map(({ state }) => state);
  const reaches = (id: string, state: string, says = '') =>
    until(
      async () => {
        const found = await service.deployment(id);
        return found.state === state && (found.gate?.description ?? '').includes(says) ? found : undefined;
      },
      { what: `deployment ${id} to be ${state} ${says}` },
    );

  async function cmdIn(environment: string, id: string): Promise<string | undefined> {
    const path = `/environments/${environment}/v2/apps${id}`;
    const { status, body } = await service.call<{ app: { cmd: string } }>('GET', path);
    return status === 404 ? undefined : body.app.cmd;
  }

  test('goes through them in order, each wave a deployment of its own, with what stands between', async () => {
    const id = await release(
      { app: app('/web', 'one') },
      everywhere(undefined, { soakSeconds: 0.2 }, 'manual'),
    );
    const waiting = await reaches(id, 'paused', 'wave 3/3 in production');
    expect(states(waiting)).toEqual(['succeeded', 'succeeded', 'pending']);
    expect(await cmdIn('production', '/web')).toBeUndefined();
    expect(waiting).toMatchObject({ currentStep: 3, totalSteps: 3, environment: 'test', affectedApps: [] });

    const [first] = waiting.waves ?? [];
    const child = await service.deployment(first?.deployment ?? '');
    expect(child).toMatchObject({ parent: id, environment: 'test', affectedApps: ['/web'], by: 'ana' });

    expect((await command(id, 'advance')).status).toBe(200);
    const ended = await service.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded' });
    expect(states(ended)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await cmdIn('production', '/web')).toContain('one');
    const times = await Promise.all(
      (ended.waves ?? []).map(({ environment, deployment }) =>
        service.call<Deployment>('GET', `/environments/${environment}/api/deployments/${deployment}`),
      ),
    );
    const [, second, third] = times.map(({ body }) => body);
    expect((third?.acceptedAt ?? '') > (second?.endedAt ?? 'z')).toBe(true);
    expect((await service.call<object[]>('GET', '/v2/deployments')).body).toEqual([]);
  });

  test('a failing wave holds it; retry releases that wave anew, and the ones before stay', async () => {
    const file = join(service.home, 'needed');
    const id = await release({ app: app('/late', 'x', needs(file)) }, everywhere().slice(1), {
      onFailure: 'fail',
    });
    const held = await reaches(id, 'held', 'wave 1/2 in staging failed');
    expect(states(held)).toEqual(['failed', 'pending']);
    const { body: why } = await service.call('GET', `/api/deployments/${id}/explain`);
    expect(why).toMatchObject({ gate: 'failure', description: expect.stringContaining('ended as failed') });
    await writeFile(file, '');
    expect((await command(id, 'retry')).status).toBe(200);
    const ended = await service.ended(id);
    expect(states(ended)).toEqual(['succeeded', 'succeeded']);
    expect(ended.waves?.[0]?.deployment).not.toBe(held.waves?.[0]?.deployment);
  });

  test('a held wave shows at the release, which hands commands on; what is refused is in the ledger', async () => {
    const file = join(service.home, 'wanted');
    const waves = everywhere().slice(2);
    const id = await release({ app: app('/hold', 'x', needs(file)) }, waves);
    const held = await reaches(id, 'held', 'wave 1/1 in production is held');
    expect(held.gate?.who).toContain(held.waves?.[0]?.deployment);
    expect((await command(id, 'advance')).body.state).toBe('held');
    await until(async () =>
      (await ledger(id)).some((entry) => entry.includes('advance: refused by deployment')),
    );
    await writeFile(file, '');
    await command(id, 'retry');
    expect((await service.ended(id)).state).toBe('succeeded');
    expect(await ledger(id)).toContainEqual(expect.stringContaining('retry: handed on to deployment'));
  });

  async function ledger(id: string): Promise<string[]> {
    const path = `/api/ledger?deployment=${id}`;
    const { items } = (await service.call<{ items: LedgerEntry[] }>('GET', path)).body;
    return items.map((entry) => `${entry.command}: ${entry.description}`);
  }

  test('cancel ends the wave that runs and undoes those that are done, the last first', async () => {
    await service.ended(await release({ app: app('/undo', 'old') }, everywhere()));
    const id = await release({ app: app('/undo', 'new') }, everywhere(undefined, undefined, 'manual'));
    await reaches(id, 'paused', 'wave 3/3');
    expect(await cmdIn('staging', '/undo')).toContain('new');
    expect((await command(id, 'cancel', { reason: 'wrong logo' })).status).toBe(200);
    expect(await service.ended(id)).toMatchObject({ state: 'cancelled' });
    for (const environment of ENVIRONMENTS) expect(await cmdIn(environment, '/undo')).toContain('old');
  });

  test('close ends the wave that runs as failed too, and leaves everything as it is', async () => {
    const id = await release({ app: app('/close', 'x', { cmd: 'exit 1' }) }, everywhere());
    const held = await reaches(id, 'held', 'is held');
    await command(id, 'close');
    expect(await service.ended(id)).toMatchObject({ state: 'failed' });
    expect(await service.ended(held.waves?.[0]?.deployment ?? '')).toMatchObject({ state: 'failed' });
    expect(await cmdIn('test', '/close')).toContain('exit 1');
  });

  test('a rollback is a release of its own that reverts the waves, also while one runs', async () => {
    await service.ended(await release({ app: app('/back', 'old') }, everywhere()));
    const id = await release({ app: app('/back', 'new') }, everywhere(undefined, 'manual'));
    await reaches(id, 'paused', 'wave 2/3');
    const { status, body } = await command(id, 'rollback', { reason: 'wrong logo' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ rollbackOf: id, waves: [{ environment: 'test' }] });
    expect(await service.ended(body.id)).toMatchObject({ state: 'succeeded' });
    expect(await service.ended(id)).toMatchObject({ state: 'superseded', rolledBackBy: body.id });
    expect(await cmdIn('test', '/back')).toContain('old');

    const again = await release({ app: app('/back', 'newer') }, everywhere());
    await service.ended(again);
    const after = (await command(again, 'rollback')).body;
    expect(after.waves?.map(({ environment }) => environment)).toEqual(['production', 'staging', 'test']);
    await service.ended(after.id);
    for (const environment of ENVIRONMENTS) expect(await cmdIn(environment, '/back')).toContain('old');
  });

  test('approvals before a wave: never by who started it; a rejection leaves what was released', async () => {
    const approval = { required: 1, from: ['eva', 'ana'] };
    const id = await release(
      { app: app('/approve', 'x') },
      everywhere(undefined, { approval }, { approval }),
    );
    await reaches(id, 'waiting', 'waits for 1 of 1 approvals');
    expect((await command(id, 'approve')).status).toBe(403);
    expect((await command(id, 'approve', { by: 'eva' })).status).toBe(200);
    await until(async () => states(await service.deployment(id))?.[1] === 'succeeded');
    await reaches(id, 'waiting', 'waits for 1 of 1 approvals');
    expect((await command(id, 'reject', { by: 'eva', reason: 'not on a Friday' })).status).toBe(200);
    expect(states(await service.ended(id))).toEqual(['succeeded', 'succeeded', 'pending']);
    expect(await cmdIn('staging', '/approve')).toContain('x');
    expect(await cmdIn('production', '/approve')).toBeUndefined();
  });

  test('a service that is killed in the middle goes on with the same wave', async () => {
    const id = await release(
      { app: app('/kill', 'x') },
      everywhere(undefined, 'manual', { soakSeconds: 0.2 }),
    );
    const before = await reaches(id, 'paused', 'wave 2/3');
    await service.end('SIGKILL');
    await service.start();
    const after = await service.deployment(id);
    expect(after.gate).toEqual(before.gate);
    await command(id, 'resume');
    expect(states(await service.ended(id))).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });
});
