import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { call, change, ended, Installation, type Part } from '../helpers/installation.js';
import { processesOf } from '../helpers/os-truth.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { SERVER } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const APP = {
  id: '/shop',
  cmd: `exec node ${SERVER} --name shop --port $PORT0`,
  instances: 2,
  cpus: 0.05,
  mem: 32,
  portDefinitions: [{ port: 0, name: 'http' }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
};

describe.skipIf(NO_POSTGRES)(`two APIs, two workers, one agent${NO_POSTGRES}`, () => {
  let installation: Installation;
  let one: Part;
  let two: Part;
  let agent: Part;

  beforeAll(async () => {
    installation = await Installation.create(inject('temporalAddress'));
    // At once, on an empty database: all of them migrate, one after another.
    const kinds = ['api', 'api', 'worker', 'worker', 'agent'] as const;
    const parts = await Promise.all(kinds.map((kind) => installation.started(kind)));
    [one, two, , , agent] = parts as [Part, Part, Part, Part, Part];
  });
  afterAll(() => installation.dispose());

  test('what is released through one is seen through the other', async () => {
    const id = await change(one, 'POST', '/v2/apps', APP);
    expect(await ended(two, id)).toMatchObject({ outcome: 'succeeded' });
    const pids = await processesOf(APP.id, installation.home);
    expect(pids).toHaveLength(2);
    const { body } = await call<{ tasks: { host: string }[] }>(two, 'GET', '/v2/apps//shop/tasks');
    expect(body.tasks).toHaveLength(2);
  });
});
