import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectTemporal } from '../../src/temporal/connection.js';
import { OtlpReceiver, type ReceivedSpan } from '../helpers/otlp-receiver.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const SECRET = `hunter2-${randomUUID()}`;
/** Spans are sent soon, and not in the 5 s of the standard. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '100' };

const app = (id: string) => ({
  id,
  cmd: `exec node ${SERVER} --name x --port $PORT0`,
  cpus: 0.05,
  mem: 32,
  env: { DB_PASSWORD: SECRET },
  portDefinitions: [{ port: 0, name: 'http' }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
});

describe('with a collector', () => {
  let receiver: OtlpReceiver;
  let service: ServiceProcess;
  beforeAll(async () => {
    receiver = await OtlpReceiver.open();
    service = await ServiceProcess.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `x-key=${SECRET}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      ...SOON,
    });
  });
  afterAll(async () => {
    await service?.dispose();
    await receiver?.close();
  });

  /** The span, and those above it up to the first. */
  function lineage(span: ReceivedSpan): string[] {
    const parent = receiver.spans().find(({ spanId }) => spanId === span.parentSpanId);
    return [...(parent ? lineage(parent) : []), span.name];
  }

  const named = (name: string, deployment: string) =>
    receiver
      .spans()
      .filter((span) => span.name === name && span.attributes['slipway.deployment'] === deployment);

  test('one trace reaches from POST /v2/apps through admission, start and activities to the runtime', async () => {
    const id = await service.change('POST', '/v2/apps', app('/web'));
    await service.ended(id);
    const [conclude] = await until(
      () => (named('conclude', id).length > 0 ? named('conclude', id) : undefined),
      {
        what: 'the last span',
      },
    );
    const applies = await until(() =>
      named('runtime apply', id).length > 1 ? named('runtime apply', id) : undefined,
    );
    const apply = applies.at(-1) as ReceivedSpan;
    expect(lineage(apply)).toEqual(['POST /v2/apps', 'admit', 'scaleApplication', 'runtime apply']);
    expect(apply.attributes).toMatchObject({ 'slipway.app': '/web', 'slipway.instances': 1 });
    const [batch] = named('scaleApplication', id);
    expect(batch?.attributes).toMatchObject({
      'slipway.deployment': id,
      'slipway.environment': 'default',
      'slipway.app': '/web',
      'slipway.step': 2,
      'slipway.batch': 1,
      'temporal.attempt': 1,
    });
    const [start] = named('temporal start', id);
    expect(lineage(start as ReceivedSpan)).toEqual(['POST /v2/apps', 'admit', 'temporal start']);
    const all = receiver.spans().filter(({ traceId }) => traceId === apply.traceId);
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['startApplication', 'conclude']));
    expect(conclude?.traceId).toBe(apply.traceId);
    const request = all.find(({ name }) => name === 'POST /v2/apps');
    expect(request).toMatchObject({
      service: 'slipway',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v2/apps',
        'http.response.status_code': 201,
      },
    });
    expect(request?.parentSpanId || undefined).toBeUndefined();
  });

  test("a caller's trace goes on, and a command's call to Temporal is in it", async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    const headers = { traceparent, 'content-type': 'application/json' };
    const body = JSON.stringify({ change: { app: { ...app('/slow'), cmd: 'exec sleep 1000' } }, by: 'ana' });
    const answer = await fetch(`${service.api}/api/deployments`, { method: 'POST', headers, body });
    const { id } = (await answer.json()) as { id: string };
    await until(async () => (await service.deployment(id)).currentStep === 2, { what: 'the batch' });
    await fetch(`${service.api}/api/deployments/${id}/cancel`, {
      method: 'POST',
      headers,
      body: '{"by":"ana"}',
    });
    await service.ended(id);
    await until(() => named('restoreApplication', id).length > 0, { what: 'the last activity' });
    const spans = receiver.spans().filter((span) => span.traceId === traceId);
    const lines = spans.map(lineage).map((names) => names.join(' > '));
    expect(lines).toContain('POST /api/deployments > admit > scaleApplication > runtime apply');
    expect(lines).toContain('POST /api/deployments/{id}/{command} > temporal cancel');
    expect(spans.find(({ name }) => name === 'POST /api/deployments')?.parentSpanId).toBe('00f067aa0ba902b7');
  });

  test('the Temporal UI leads to the trace: it is in the memo of the workflow', async () => {
    const [admit] = receiver.spans().filter(({ name }) => name === 'admit');
    const id = String(admit?.attributes['slipway.deployment']);
    const temporal = await connectTemporal({ address: service.temporalAddress });
    const { memo } = await temporal.client.workflow.getHandle(id).describe();
    await temporal.close();
    expect(memo?.traceparent).toBe(`00-${admit?.traceId}-${admit?.spanId}-01`);
  });

  test('no secret is sent, and the headers of the collector are in no log', () => {
    for (const { headers } of receiver.requests) expect(headers['x-key']).toBe(SECRET);
    expect(receiver.requests.map(({ body }) => body.toString()).join()).not.toContain(SECRET);
    expect(service.output).not.toContain(SECRET);
    const [first] = receiver.requests;
    expect(first?.path).toBe('/v1/traces');
    expect(first?.body.toString()).toContain('deployment.environment.name');
  });
});

describe('as protobuf, which is the standard', () => {
  let receiver: OtlpReceiver;
  let service: ServiceProcess;
  beforeAll(async () => {
    receiver = await OtlpReceiver.open();
    const impatient = { OTEL_EXPORTER_OTLP_TIMEOUT: '1000', ...SOON };
    service = await ServiceProcess.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...impatient });
  });
  afterAll(() => service?.dispose());

  test('spans arrive; without the collector releases go on, the log says so, and the end is in order', async () => {
    await service.ended(await service.change('POST', '/v2/apps', app('/web')));
    await until(() => receiver.requests.some(({ body }) => body.includes('runtime apply')), {
      what: 'the span',
    });
    expect(receiver.requests[0]?.type).toBe('application/x-protobuf');
    await receiver.close();
    const ended = await service.ended(await service.change('DELETE', '/v2/apps//web'));
    expect(ended).toMatchObject({ outcome: 'succeeded' });
    await until(() => service.output.includes('traces cannot be sent'), {
      what: 'a line',
      timeoutMs: 20_000,
    });
    expect(await service.end('SIGTERM')).toBe(0);
  });
});

/** Packages of OpenTelemetry that are loaded with modules of the compiled code. */
async function loadedWith(...modules: string[]): Promise<string[]> {
  const urls = modules.map((module) => new URL(`../../dist/src/${module}.js`, import.meta.url).href);
  const script = `for (const url of ${JSON.stringify(urls)}) await import(url);
    const { createRequire } = await import('node:module');
    const files = Object.keys(createRequire(process.cwd() + '/').cache);
    console.log(JSON.stringify(files.flatMap((file) => /@opentelemetry.([\\w-]+)/.exec(file)?.[1] ?? [])));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return [...new Set(JSON.parse(stdout) as string[])];
}

test('where nobody asked for traces none of the packages is even loaded, only the types that others use', async () => {
  const processes = ['embedded', 'api', 'worker', 'agent', 'serve'].map((part) => `service/${part}`);
  expect(await loadedWith(...processes)).toEqual(['api']);
  expect(await loadedWith('telemetry/tracing/otel')).toEqual(
    expect.arrayContaining(['sdk-trace', 'resources']),
  );
});

test('a protocol that there is not is said at the start', async () => {
  const service = await ServiceProcess.create({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  });
  await expect(service.start()).rejects.toThrow('it must be http/protobuf or http/json');
  expect(await service.end('SIGTERM')).toBe(1);
  await rm(service.home, { recursive: true, force: true });
});
