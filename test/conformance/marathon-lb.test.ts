import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { until } from '../helpers/until.js';
import type { Json } from './support/bench.js';
import { sharedBench } from './support/shared.js';

const bench = sharedBench();

/** The two requests that marathon-lb makes, with the headers that pycurl sends. */
const APPS = '/v2/apps?embed=apps.tasks';
const EVENTS =
  '/v2/events?plan-format=light&event_type=api_post_event&event_type=health_status_changed_event&event_type=status_update_event';
const AGENT = { 'User-Agent': 'PycURL', Accept: '*/*' };

/** Body of a whole answer, unpacked where it was packed. */
function fetchRaw(path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(bench().service.api + path, { headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const packed = answer.headers['content-encoding'] === 'gzip';
        resolve({ status: answer.statusCode ?? 0, text: (packed ? gunzipSync(bytes) : bytes).toString() });
      });
    });
    asked.on('error', reject).end();
  });
}

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

/** What came over the stream so far, as bytes on the wire. */
function openStream(): Promise<{ status: number; raw: () => string }> {
  return new Promise((resolve, reject) => {
    const headers = { ...AGENT, Accept: 'text/event-stream', 'Accept-Encoding': 'gzip' };
    const asked = request(bench().service.api + EVENTS, { headers }, (answer) => {
      let raw = '';
      answer.on('data', (chunk: Buffer) => {
        raw += chunk.toString();
      });
      answer.on('error', () => undefined);
      expect(answer.headers['content-encoding']).toBeUndefined();
      resolve({ status: answer.statusCode ?? 0, raw: () => raw });
    });
    closers.push(() => asked.destroy());
    asked.on('error', reject).end();
  });
}

const labels = {
  HAPROXY_GROUP: 'external',
  HAPROXY_0_VHOST: 'web.example.com',
  HAPROXY_DEPLOYMENT_GROUP: 'web',
};

async function listed(id: string): Promise<Json> {
  const { status, text } = await fetchRaw(APPS, { ...AGENT, 'Accept-Encoding': 'gzip' });
  expect(status).toBe(200);
  return (JSON.parse(text) as Json).apps.find((app: Json) => app.id === id);
}

test('the list has every field that marathon-lb reads', async () => {
  const id = bench().id('web');
  await bench().deploy('POST', '/v2/apps', bench().mock(id, 'v1', { instances: 2, labels }));
  const app = await listed(id);
  expect(app).toMatchObject({ id, labels, instances: 2, networks: [{ mode: 'host' }] });
  expect(app.versionInfo.lastScalingAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  expect(app.portDefinitions[0].port).toBeGreaterThanOrEqual(10_000);
  for (const check of app.healthChecks) {
    expect(check).toMatchObject({
      protocol: 'HTTP',
      path: '/health',
      portIndex: 0,
      timeoutSeconds: expect.any(Number),
      intervalSeconds: expect.any(Number),
      gracePeriodSeconds: expect.any(Number),
      maxConsecutiveFailures: expect.any(Number),
    });
  }
  expect(app.tasks).toHaveLength(2);
  for (const task of app.tasks) {
    expect(task).toMatchObject({
      id: expect.any(String),
      host: '127.0.0.1',
      ports: [expect.any(Number)],
      state: 'TASK_RUNNING',
      ipAddresses: [{ ipAddress: '127.0.0.1', protocol: 'IPv4' }],
      servicePorts: [app.portDefinitions[0].port],
      healthCheckResults: [expect.objectContaining({ alive: true })],
    });
  }
  const unchecked = bench().id('unchecked');
  await bench().deploy('POST', '/v2/apps', bench().sleeper(unchecked));
  // An absent key is "no verdict" to marathon-lb, an empty list would be "unhealthy".
  expect((await listed(unchecked)).tasks[0]).not.toHaveProperty('healthCheckResults');
});

test('an app on a bridge has the service ports of its mappings', async () => {
  const id = bench().id('bridged');
  const container = {
    type: 'DOCKER',
    docker: { image: 'busybox', network: 'BRIDGE', portMappings: [{ containerPort: 80, hostPort: 0 }] },
  };
  await bench().deploy('POST', '/v2/apps', { id, cmd: 'run', instances: 0, container, labels });
  const app = await listed(id);
  expect(app.container.portMappings[0].servicePort).toBeGreaterThanOrEqual(10_000);
  expect(app.networks).toEqual([{ mode: 'container/bridge' }]);
});

test('the stream has the events that make marathon-lb read again, one JSON a line', async () => {
  const stream = await openStream();
  expect(stream.status).toBe(200);
  const id = bench().id('followed');
  await bench().deploy('POST', '/v2/apps', bench().mock(id, 'v1'));
  bench().control.set('health', `${id}@v1`, false);
  const lines = () =>
    stream
      .raw()
      .split('\r\n')
      .filter((line) => line.startsWith('data: '));
  const events = () => lines().map((line) => JSON.parse(line.slice('data: '.length)) as Json);
  const has = (fits: (event: Json) => boolean) => events().some(fits);
  await until(
    () => has((e) => e.eventType === 'health_status_changed_event' && e.appId === id && e.alive === false),
    {
      what: 'the bad health',
      timeoutMs: 30_000,
    },
  );
  expect(
    has((e) => e.eventType === 'status_update_event' && e.appId === id && e.taskStatus === 'TASK_RUNNING'),
  ).toBe(true);
  expect(has((e) => e.eventType === 'api_post_event' && e.appDefinition.id === id)).toBe(true);
  const wanted = ['api_post_event', 'health_status_changed_event', 'status_update_event'];
  expect(events().filter((e) => !wanted.includes(e.eventType))).toEqual([]);
  // Nothing but events, their ids and heartbeats: every line of data begins exactly so.
  const others = stream
    .raw()
    .split('\r\n')
    .filter((line) => !/^(data: \{.*\}|event: \w+|id: \d+|:.*|)$/.test(line));
  expect(others).toEqual([]);
});
