import { expect, test } from 'vitest';
import { type Served, serve, sharedStore } from './harness.js';

const store = sharedStore();
const web = { id: '/web', cmd: 'sleep 1', instances: 2 };

async function serveTwo(): Promise<Served & { second: string }> {
  const second = `second-${Math.random().toString(36).slice(2, 8)}`;
  return { ...(await serve(store(), { others: [second] })), second };
}

test('what is wrong with a wave is said, and nothing is stored anywhere', async () => {
  const { call, environment, second } = await serveTwo();
  const waves = [{ environment }, { environment: second }];
  const refused = async (body: object, at: string, says: string) => {
    const answer = await call('POST', '/api/deployments', { change: { app: web }, ...body });
    const text = JSON.stringify(answer.body);
    expect({ status: answer.status, text }).toEqual({ status: 422, text: expect.stringContaining(says) });
    expect(text).toContain(at);
  };
  await refused(
    { waves: [{ environment }, { environment: 'nowhere' }] },
    '/waves(1)/environment',
    'there are',
  );
  await refused({ waves: [{ environment }, { environment }] }, '/waves(1)/environment', 'is there twice');
  await refused({ waves: [] }, '/waves', 'must have 1 elements or more');
  await refused({ waves: [{ environment, gate: { soak: 5 } }] }, '/waves(0)/gate', 'is not a known field');
  // Right here, and wrong in the second environment: an app is below it.
  await call('POST', `/environments/${second}/v2/apps`, { id: '/web/below', cmd: 'sleep 1' });
  await refused({ waves }, '/', 'may not have the same identifier');
  expect((await call('GET', '/api/deployments')).body.items).toEqual([]);
});

test('the plan of waves has that of each, and the most of all', async () => {
  const { call, environment, second } = await serveTwo();
  await call('POST', `/environments/${second}/v2/apps`, { ...web, instances: 6 });
  const waves = [{ environment }, { environment: second, gate: 'manual' }];
  const { status, body } = await call('POST', '/api/plan', { change: { app: web }, waves });
  expect(status).toBe(200);
  expect(body.waves.map((wave: { environment: string }) => wave.environment)).toEqual([environment, second]);
  const peaks = body.waves.map(({ plan }: { plan: { peakInstances: number } }) => plan.peakInstances);
  expect(peaks).toEqual([2, 6]);
  expect(body).toMatchObject({ peakInstances: 6, apps: { '/web': { peakInstances: 6, fewestHealthy: 0 } } });
});

test('a release shows its waves, locks nothing itself, and is none of Marathon’s deployments', async () => {
  const { call, environment, second } = await serveTwo();
  const waves = [{ environment }, { environment: second, gate: { soakSeconds: 60 } }];
  const { status, body } = await call('POST', '/api/deployments', { change: { app: web }, waves });
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      affectedApps: [],
      totalSteps: 2,
      steps: [{ actions: [{ action: 'ReleaseWave', app: environment, description: 'changes /web' }] }, {}],
      waves: [
        { environment, state: 'pending' },
        { environment: second, gate: { soakSeconds: 60 }, state: 'pending' },
      ],
    },
  });
  expect((await call('GET', '/v2/deployments')).body).toEqual([]);
  expect((await call('DELETE', `/v2/deployments/${body.id}`)).status).toBe(404);
  expect((await call('POST', '/v2/apps', { ...web })).status).toBe(201);
});

test('a change that names what is there is looked up in each environment', async () => {
  const { call, environment, second } = await serveTwo();
  const waves = [{ environment }, { environment: second }];
  await call('POST', '/v2/apps', web);
  const scale = { scale: { id: '/web', instances: 3 } };
  const { status, body } = await call('POST', '/api/plan', { change: scale, waves });
  expect({ status, message: body.message }).toEqual({ status: 404, message: "App '/web' does not exist" });
});
