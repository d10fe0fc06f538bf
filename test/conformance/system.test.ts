import { expect } from 'vitest';
import { until } from '../helpers/until.js';
import { EventLog } from './support/event-log.js';
import { rowAlone } from './support/row.js';
import { sharedBench } from './support/shared.js';

const MAX = 5;
const bench = sharedBench({ SLIPWAY_MAX_DEPLOYMENTS: String(MAX) });

rowAlone(23, 'the queue of a service without apps is empty', async () => {
  expect(await bench().get('/v2/queue')).toMatchObject({ status: 200, body: { queue: [] } });
});

rowAlone(32, 'the gauge of active apps grows', async () => {
  const gauge = async () => (await bench().get('/metrics')).body.gauges['marathon.apps.active.gauge'].value;
  const before = await gauge();
  await bench().deploy('POST', '/v2/apps', bench().sleeper(bench().id('gauge'), { instances: 0 }));
  expect(await gauge()).toBe(before + 1);
});

rowAlone(67, 'a filtered stream begins with what it asked for', async () => {
  const all = await EventLog.open(bench().service.api);
  const some = await EventLog.open(bench().service.api, '?event_type=deployment_success');
  try {
    const created = await bench().send('POST', '/v2/apps', bench().sleeper(bench().id('filtered')));
    const success = (log: EventLog) => log.first((e) => e.id === created.deployment, 'the success');
    await success(some);
    expect(some.events).toMatchObject([{ eventType: 'deployment_success', id: created.deployment }]);
    await success(all);
    expect(all.events.length).toBeGreaterThan(1);
  } finally {
    all.close();
    some.close();
  }
});

rowAlone(68, 'a light plan has no original', async () => {
  const light = await EventLog.open(bench().service.api, '?plan-format=light');
  try {
    const created = await bench().send('POST', '/v2/apps', bench().sleeper(bench().id('light')));
    const end = await light.first((e) => e.eventType === 'deployment_success', 'the success');
    expect(end.plan).toEqual({
      id: created.deployment,
      version: expect.any(String),
      steps: expect.any(Array),
    });
  } finally {
    light.close();
  }
});

rowAlone(70, 'what the service says of itself, without credentials', async () => {
  const { status, body, headers } = await bench().get('/v2/info');
  const { host } = new URL(bench().service.api);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    name: 'marathon',
    version: expect.any(String),
    frameworkId: expect.any(String),
    leader: host,
    http_config: { http_port: Number(bench().service.env.SLIPWAY_PORT) },
    zookeeper_config: expect.any(Object),
    marathon_config: expect.any(Object),
  });
  expect(JSON.stringify(body)).not.toMatch(/:\/\/[^"/]*@/);
  expect(headers.get('x-marathon-leader')).toBe(bench().service.api);
});

rowAlone(98, 'ping in the form that was asked for', async () => {
  const ping = async (accept: string) => {
    const { status, body } = await bench().call('GET', '/ping', undefined, { accept });
    return [status, body];
  };
  expect(await ping('text/plain')).toEqual([200, 'pong']);
  expect(await ping('text/html')).toEqual([200, 'pong']);
  expect(await ping('application/json')).toEqual([200, 'pong']);
  expect(await ping('application/xml')).toEqual([204, '']);
  const raw = await fetch(`${bench().service.api}/ping`, { headers: { accept: 'application/json' } });
  expect(await raw.text()).toBe('"pong"');
});

rowAlone(97, 'at the cap of running deployments a change is 403', async () => {
  const unfit = (name: string) => bench().sleeper(bench().id(name), { cpus: 10_000 });
  const held: string[] = [];
  for (let n = 0; n < MAX; n++)
    held.push((await bench().send('POST', '/v2/apps', unfit(`held${n}`))).deployment);
  const refused = await bench().call('POST', '/v2/apps?force=true', unfit('one-more'));
  expect(refused).toMatchObject({ status: 403, deployment: '' });
  expect(refused.body.message).toMatch(
    new RegExp(
      `^Max number \\(${MAX}\\) of running deployments is achieved\\. Wait for existing deployments`,
    ),
  );
  expect((await bench().call('DELETE', `/v2/deployments/${held[0]}?force=true`)).status).toBe(202);
  await until(async () => (await bench().get('/v2/deployments')).body.length < MAX, { what: 'one to end' });
  await bench().deploy('POST', '/v2/apps', bench().sleeper(bench().id('one-more'), { instances: 0 }));
});
