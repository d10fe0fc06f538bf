import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Exposition } from '../helpers/exposition.js';
import { change, ended, Installation, type Part } from '../helpers/installation.js';
import { logLines } from '../helpers/log-lines.js';
import { OtlpReceiver, type ReceivedSpan } from '../helpers/otlp-receiver.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { until } from '../helpers/until.js';

/** pino's; above it are tries that failed, as a new server of Temporal does not know new attributes at once. */
const INFO = 30;

const APP = { id: '/web', cmd: 'exec sleep 1000', cpus: 0.05, mem: 16, instances: 2 };

describe.skipIf(NO_POSTGRES)(`an API server, a worker and an agent, watched${NO_POSTGRES}`, () => {
  let receiver: OtlpReceiver;
  let installation: Installation;
  let parts: Record<'api' | 'worker' | 'agent', Part>;
  let id: string;

  beforeAll(async () => {
    receiver = await OtlpReceiver.open();
    installation = await Installation.create(inject('temporalAddress'));
    const traced = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      SLIPWAY_LOG_LEVEL: 'info',
    };
    const kinds = ['api', 'worker', 'agent'] as const;
    const [api, worker, agent] = await Promise.all(kinds.map((kind) => installation.part(kind, traced)));
    parts = { api, worker, agent } as typeof parts;
    await Promise.all(Object.values(parts).map((part) => part.start()));
    id = await change(parts.api, 'POST', '/v2/apps', APP);
    await ended(parts.api, id);
  });
  afterAll(async () => {
    await installation?.dispose();
    await receiver?.close();
  });

  async function scrape(kind: keyof typeof parts): Promise<Exposition> {
    const path = kind === 'api' ? '/metrics/prometheus' : '/metrics';
    const answer = await fetch(parts[kind].url + path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    return new Exposition(await answer.text());
  }

  test('each has one place to scrape, where it tells of itself and of what it needs', async () => {
    for (const kind of ['api', 'worker', 'agent'] as const) {
      const shown = await scrape(kind);
      expect(shown.value('slipway_build_info', { process: `slipway-${kind}` })).toBe(1);
      expect(shown.value('slipway_part_up', { part: 'database' })).toBe(1);
      expect(shown.value('slipway_database_seconds_count', { kind: 'query' })).toBeGreaterThan(0);
      expect(shown.value('slipway_database_connections')).toBeGreaterThan(0);
      expect(shown.value('process_resident_memory_bytes')).toBeGreaterThan(0);
    }
  });

  test('the API server tells of requests and of what the database holds', async () => {
    const shown = await scrape('api');
    expect(shown.value('slipway_http_requests_total', { route: '/v2/apps', status: '201' })).toBe(1);
    expect(shown.value('slipway_deployments_accepted_total', { environment: 'default' })).toBe(1);
    expect(shown.value('slipway_apps', { environment: 'default' })).toBe(1);
    expect(shown.value('slipway_dispatch_pending', { environment: 'default' })).toBe(0);
    const seen = shown.value('slipway_agent_seen_seconds', { environment: 'default' });
    expect(seen).toBeGreaterThanOrEqual(0);
    expect(seen).toBeLessThan(30);
  });

  test('the worker tells of ends, of its calls to Temporal, and what the SDK tells', async () => {
    const shown = await scrape('worker');
    const outcome = { environment: 'default', outcome: 'succeeded' };
    expect(shown.value('slipway_deployments_ended_total', outcome)).toBe(1);
    expect(shown.value('slipway_deployments_ended_total', { outcome: 'failed' })).toBe(0);
    expect(shown.value('slipway_temporal_call_seconds_count', { operation: 'start', result: 'done' })).toBe(
      1,
    );
    expect(shown.value('temporal_workflow_completed_total', { task_queue: 'slipway' })).toBe(1);
    expect(
      shown.value('temporal_worker_task_slots_available', { worker_type: 'WorkflowWorker' }),
    ).toBeGreaterThan(0);
  });

  test('the agent tells of instances, batches, and what the SDK tells', async () => {
    const shown = await scrape('agent');
    expect(shown.value('slipway_supervised_instances', { environment: 'default', state: 'running' })).toBe(2);
    expect(shown.value('slipway_instance_ready_seconds_count', { environment: 'default' })).toBe(2);
    const batch = { environment: 'default', activity: 'scaleApplication', outcome: 'done' };
    expect(shown.value('slipway_batch_seconds_count', batch)).toBe(1);
    expect(
      shown.value('temporal_activity_execution_latency_seconds_count', { task_queue: 'runtime-default' }),
    ).toBeGreaterThan(0);
  });

  test('one trace goes through all three processes', async () => {
    const spans = () => receiver.spans();
    const apply = await until(
      () =>
        spans().findLast(
          ({ name, attributes }) => name === 'runtime apply' && attributes['slipway.deployment'] === id,
        ),
      { what: 'the span of the runtime' },
    );
    const lineage = (span: ReceivedSpan): string[] => {
      const parent = spans().find(({ spanId }) => spanId === span.parentSpanId);
      return [...(parent ? lineage(parent) : []), `${span.service}: ${span.name}`];
    };
    const above = ['slipway-api: POST /v2/apps', 'slipway-api: admit'];
    expect(lineage(apply)).toEqual([
      ...above,
      'slipway-agent: scaleApplication',
      'slipway-agent: runtime apply',
    ]);
    const trace = () => spans().filter(({ traceId }) => traceId === apply.traceId);
    const conclude = await until(() => trace().find(({ name }) => name === 'conclude'));
    expect(lineage(conclude)).toEqual([...above, 'slipway-worker: conclude']);
    const start = trace().find(({ name }) => name === 'temporal start');
    expect(start && lineage(start)).toEqual([...above, 'slipway-worker: temporal start']);
  });

  test('the log of each process tells its part, all by the same deployment', async () => {
    const story = (kind: keyof typeof parts) =>
      logLines(parts[kind].output).flatMap((line) =>
        line.deployment === id && line.level <= INFO ? [line.msg] : [],
      );
    await until(() => story('worker').includes('deployment ended'), { what: 'the line of the end' });
    expect(story('api')).toEqual(['deployment accepted']);
    expect(story('worker')).toEqual(['deployment begins', 'step begins', 'step begins', 'deployment ended']);
    const activities = ['activity begins', 'activity ended'];
    expect(story('agent')).toEqual([...activities, ...activities]);
  });

  test('while the database is away each still tells, and says so', async () => {
    await installation.postgres.end('SIGQUIT');
    for (const kind of ['api', 'worker', 'agent'] as const)
      await until(async () => (await scrape(kind)).value('slipway_part_up', { part: 'database' }) === 0, {
        what: `the ${kind} to say that the database is away`,
        timeoutMs: 30_000,
      });
    const shown = await scrape('api');
    expect(shown.value('slipway_apps'), 'what cannot be read is not shown').toBeUndefined();
    expect(shown.value('slipway_database_errors_total', { reason: 'away' })).toBeGreaterThan(0);
    expect((await scrape('agent')).value('slipway_supervised_instances', { state: 'running' })).toBe(2);
    await installation.postgres.resume();
    await until(async () => (await scrape('api')).value('slipway_apps') === 1, {
      what: 'the figures',
      timeoutMs: 30_000,
    });
  });
});
