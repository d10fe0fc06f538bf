import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { appendEvents } from '../../src/store/events.js';
import { Exposition } from '../helpers/exposition.js';
import { until } from '../helpers/until.js';
import { type Served, serve, sharedStore } from './harness.js';
import { Reader } from './sse-client.js';

const store = sharedStore();
const DEAF = 20;
/** What they would have of 8,000 events of 1,000 bytes if they were kept. */
const MEMORY_OF_DEAF = DEAF * 8_000 * 1_000;
const AT = '2026-01-01T00:00:00.000Z';

function emit({ environment }: Served, ...types: string[]): Promise<void> {
  const plan = { id: 'd', version: AT, steps: [], original: {}, target: {} };
  const events = types.map((eventType) => ({ eventType, timestamp: AT, id: 'd', plan }));
  return appendEvents(store().db, environment, events);
}

describe('/v2/events', () => {
  test('frames events as Marathon does, with ids, not packed', async () => {
    const served = await serve(store());
    const reader = await Reader.open(`${served.url}/v2/events`, { 'accept-encoding': 'gzip' });
    await emit(served, 'deployment_success');
    await reader.has('deployment_success');
    expect(reader.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(reader.headers.get('content-encoding')).toBeNull();
    expect(reader.raw).toMatch(
      /(^|\r\n)id: \d+\r\nevent: deployment_success\r\ndata: \{"id":"d",[^\r\n]*\}\r\n\r\n$/,
    );
  });

  test.each([['application/json'], ['*/*'], ['']])('with Accept "%s" is 405', async (accept) => {
    const { call } = await serve(store());
    const { status, body } = await call('GET', '/v2/events', undefined, { accept });
    expect(status).toBe(405);
    expect(body.message).toContain('text/event-stream');
  });

  test('tells of clients that come and go', async () => {
    const { url } = await serve(store());
    const first = await Reader.open(`${url}/v2/events`);
    await first.has('event_stream_attached');
    const second = await Reader.open(`${url}/v2/events`);
    await until(() => first.types.filter((type) => type === 'event_stream_attached').length === 2);
    second.close();
    await first.has('event_stream_detached');
    expect(first.data.at(-1)).toMatchObject({
      eventType: 'event_stream_detached',
      remoteAddress: '127.0.0.1',
    });
  });

  test('event_type can be repeated and keeps everything else out', async () => {
    const served = await serve(store());
    const some = await Reader.open(
      `${served.url}/v2/events?event_type=deployment_success&event_type=deployment_info`,
    );
    const all = await Reader.open(`${served.url}/v2/events`);
    await emit(served, 'api_post_event', 'deployment_info', 'group_change_success', 'deployment_success');
    await all.has('deployment_success');
    await some.has('deployment_success');
    expect(some.types).toEqual(['deployment_info', 'deployment_success']);
  });

  test('an event that Marathon does not know is kept from its clients', async () => {
    const served = await serve(store());
    const marathon = await Reader.open(`${served.url}/v2/events`);
    const native = await Reader.open(`${served.url}/api/events`);
    await emit(served, 'slipway_gate_changed', 'deployment_success');
    await marathon.has('deployment_success');
    await native.has('deployment_success');
    expect(native.types).toContain('slipway_gate_changed');
    expect(marathon.types).not.toContain('slipway_gate_changed');
  });

  test('plan-format=light leaves out original and target, else they are objects', async () => {
    const served = await serve(store());
    const light = await Reader.open(`${served.url}/v2/events?plan-format=light&event_type=deployment_info`);
    const full = await Reader.open(`${served.url}/v2/events?event_type=deployment_info`);
    await emit(served, 'deployment_info');
    await light.has('deployment_info');
    await full.has('deployment_info');
    expect(light.data[0]?.plan).toEqual({ id: 'd', version: AT, steps: [] });
    expect(full.data[0]?.plan).toEqual({ id: 'd', version: AT, steps: [], original: {}, target: {} });
  });

  test('other environments are not heard', async () => {
    const here = await serve(store());
    const there = await serve(store());
    const reader = await Reader.open(`${here.url}/v2/events`);
    await emit(there, 'deployment_failed');
    await emit(here, 'deployment_success');
    await reader.has('deployment_success');
    expect(reader.types).not.toContain('deployment_failed');
  });

  test('an accepted change is heard by who was there before', async () => {
    const served = await serve(store());
    const reader = await Reader.open(
      `${served.url}/v2/events?event_type=api_post_event&event_type=group_change_success`,
    );
    await served.call('POST', '/v2/apps', { id: '/shop/web', cmd: 'x' });
    await reader.has('group_change_success');
    expect(reader.data).toMatchObject([
      {
        eventType: 'api_post_event',
        clientIp: '127.0.0.1',
        uri: '/v2/apps',
        appDefinition: { id: '/shop/web' },
      },
      { eventType: 'group_change_success', groupId: '/shop' },
    ]);
  });
});

describe('replay', () => {
  test('Last-Event-ID gives what came after it, once, and then what comes', async () => {
    const served = await serve(store());
    await emit(served, 'deployment_info', 'deployment_step_success', 'deployment_success');
    const first = await Reader.open(`${served.url}/api/events?lastEventId=0`);
    await first.has('deployment_success');
    const seen = first.messages.find(({ event }) => event === 'deployment_info')?.id ?? '';
    const second = await Reader.open(`${served.url}/api/events`, { 'last-event-id': seen });
    await emit(served, 'deployment_failed');
    await second.has('deployment_failed');
    const kept = second.types.filter((type) => !type.startsWith('event_stream'));
    expect(kept).toEqual(['deployment_step_success', 'deployment_success', 'deployment_failed']);
  });

  test('thousands are replayed in order while more are written', async () => {
    const served = await serve(store());
    await emit(served, ...Array.from({ length: 3_000 }, () => 'deployment_info'));
    const reader = await Reader.open(`${served.url}/v2/events`, { 'last-event-id': '0' });
    for (let round = 0; round < 5; round++)
      await emit(served, ...Array.from({ length: 20 }, () => 'deployment_info'));
    await emit(served, 'deployment_success');
    await reader.has('deployment_success');
    const ids = reader.messages.flatMap(({ id, event }) => (event === 'deployment_info' ? [Number(id)] : []));
    expect(ids).toHaveLength(3_100);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  test('something that is no id is 400', async () => {
    const { call } = await serve(store());
    const reply = await call('GET', '/api/events', undefined, { 'last-event-id': 'yesterday' });
    expect([reply.status, reply.body.code]).toEqual([400, 'bad_request']);
  });
});

describe('bounds', () => {
  test('a client that does not read is dropped; one that does misses nothing', async () => {
    const served = await serve(store());
    const reader = await Reader.open(`${served.url}/v2/events`);
    await deaf(served.url);
    await until(() => reader.types.filter((type) => type === 'event_stream_attached').length === 2);
    const count = 12_000;
    for (let sent = 0; sent < count; sent += 2_000) await appendMany(served, 2_000);
    await reader.has('event_stream_detached');
    await until(() => reader.types.filter((type) => type === 'deployment_info').length === count, {
      what: 'all events',
    });
    const metrics = new Exposition((await served.call('GET', '/metrics/prometheus')).text);
    const { environment } = served;
    expect(metrics.value('slipway_event_stream_clients', { environment })).toBe(1);
    expect(metrics.value('slipway_event_stream_dropped_total', { environment })).toBe(1);
  });

  test('clients that do not read leave nothing behind, and come back to where they were', async () => {
    const served = await serve(store());
    const reader = await Reader.open(`${served.url}/api/events`);
    await emit(served, 'deployment_info');
    await reader.has('deployment_info');
    const seen = reader.messages.find(({ event }) => event === 'deployment_info')?.id ?? '';
    const before = memory();
    await Promise.all(Array.from({ length: DEAF }, () => deaf(served.url)));
    const count = (type: string) => reader.types.filter((each) => each === type).length;
    await until(() => count('event_stream_attached') === DEAF + 1, { what: 'all clients' });
    for (let sent = 0; sent < 8_000; sent += 2_000) await appendMany(served, 2_000);
    await until(() => count('event_stream_detached') === DEAF, { what: 'the end of all', timeoutMs: 30_000 });
    reader.close();
    reader.messages.length = 0;
    expect(memory() - before).toBeLessThan(MEMORY_OF_DEAF / 4);

    const back = await Reader.open(`${served.url}/api/events`, { 'last-event-id': seen });
    const missed = () => back.types.filter((type) => type === 'deployment_info').length === 8_000;
    await until(missed, { what: 'all that was missed', timeoutMs: 30_000 });
    expect(back.types).not.toContain('events_missed');
  });

  test('streams end with the server', async () => {
    const { url, close } = await serve(store());
    const reader = await Reader.open(`${url}/v2/events`);
    await reader.has('event_stream_attached');
    await close();
    await until(() => reader.ended);
  });
});

function appendMany({ environment }: Served, count: number): Promise<void> {
  const filler = 'x'.repeat(1_000);
  const event = { eventType: 'deployment_info', timestamp: AT, filler };
  return appendEvents(
    store().db,
    environment,
    Array.from({ length: count }, () => event),
  );
}

/** Bytes in use once what nobody needs is gone. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Asks for the stream and never reads it. */
function deaf(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.pause();
      socket.write(`GET /v2/events HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\n\r\n`, () =>
        resolve(),
      );
    });
    socket.on('error', reject);
  });
}
