import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { call, change, ended, Installation, type Part } from '../helpers/installation.js';
import { processesOf } from '../helpers/os-truth.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { SERVER } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

/** Ten processes start here, some of them twice, on two cores that others use, too. */
const TIMEOUT_MS = 240_000;
const APP = '/web';
const INSTANCES = 6;

function web(version: number, more: object = {}) {
  return {
    id: APP,
    cmd: `exec node ${SERVER} --name web --port $PORT0 --version ${version}`,
    instances: INSTANCES,
    cpus: 0.05,
    mem: 32,
    portDefinitions: [{ port: 0, name: 'http' }],
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
    upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 },
    ...more,
  };
}

describe.skipIf(NO_POSTGRES)(`processes that are killed${NO_POSTGRES}`, () => {
  let installation: Installation;
  let one: Part;
  let two: Part;
  let workers: Part[];
  let agent: Part;

  beforeAll(async () => {
    installation = await Installation.create(inject('temporalAddress'));
    const kinds = ['api', 'api', 'worker', 'worker', 'agent'] as const;
    const parts = await Promise.all(kinds.map((kind) => installation.started(kind)));
    [one, two, , , agent] = parts as [Part, Part, Part, Part, Part];
    workers = parts.slice(2, 4);
  });
  afterAll(() => installation?.dispose());

  test('an upgrade goes on when a worker, an API server and the agent are killed in the middle', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await ended(one, await change(one, 'POST', '/v2/apps', web(1)));
    const old = await processesOf(APP, installation.home);
    expect(old).toHaveLength(INSTANCES);

    const upgrade = await change(one, 'PUT', `/v2/apps/${APP}`, web(2));
    await until(async () => (await newOnes(old)).length > 0, {
      what: 'the first new one',
      timeoutMs: 30_000,
    });
    await Promise.all([workers[0]?.end('SIGKILL'), one.end('SIGKILL'), agent.end('SIGKILL')]);
    // A promise of the release, kept without anybody who watches: half of the old ones still serve.
    expect((await processesOf(APP, installation.home)).length).toBeGreaterThanOrEqual(INSTANCES / 2);
    const { status } = await call(two, 'GET', `/api/deployments/${upgrade}`);
    expect(status).toBe(200);

    await agent.start();
    expect(await ended(two, upgrade, 120_000)).toMatchObject({ id: upgrade, outcome: 'succeeded' });
    const now = await processesOf(APP, installation.home);
    expect(now).toHaveLength(INSTANCES);
    expect(now.filter((pid) => old.includes(pid))).toEqual([]);
    await Promise.all([one.start(), workers[0]?.start()]);
    expect((await tasks(one)).length).toBe(INSTANCES);
  });

  test('the database crashes and comes back: what is accepted then is carried out, and nobody was restarted', async () => {
    await installation.postgres.end('SIGQUIT');
    const refused = await call(one, 'POST', '/v2/apps', { id: '/late', cmd: 'sleep 1000' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBeTruthy();
    const ready = async () => (await call(one, 'GET', '/readyz')).status;
    await until(async () => (await ready()) === 503, { what: 'the API to be not ready' });
    expect(await processesOf(APP, installation.home)).toHaveLength(INSTANCES);

    await installation.postgres.resume();
    await until(async () => (await ready()) === 200, {
      what: 'the API to be ready again',
      timeoutMs: 20_000,
    });
    const app = { id: '/late', cmd: 'sleep 1000', cpus: 0.05, mem: 16 };
    expect(await ended(two, await change(one, 'POST', '/v2/apps', app))).toMatchObject({
      outcome: 'succeeded',
    });
    expect(installation.parts.map(({ exitCode }) => exitCode)).toEqual(installation.parts.map(() => null));
  });

  async function newOnes(old: number[]): Promise<number[]> {
    return (await processesOf(APP, installation.home)).filter((pid) => !old.includes(pid));
  }

  async function tasks(api: Part): Promise<object[]> {
    return (await call<{ tasks: object[] }>(api, 'GET', `/v2/apps/${APP}/tasks`)).body.tasks;
  }
});
