import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectTemporal, type TemporalConnections } from '../../src/temporal/connection.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

let service: ServiceProcess;
let temporal: TemporalConnections;
beforeAll(async () => {
  service = await ServiceProcess.start();
  temporal = await connectTemporal({ address: service.temporalAddress });
});
afterAll(async () => {
  await temporal.close();
  await service.dispose();
});

const stuckApp = (id: string) => ({
  id,
  cmd: `exec node ${SERVER} --name x --port $PORT0 --unhealthy`,
  cpus: 0.05,
  mem: 32,
  portDefinitions: [{ port: 0, name: 'http' }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 60 }],
});

const handle = (id: string) => temporal.client.workflow.getHandle(id);

test('who has only Temporal sees app, step, batch and instance that a stuck deployment waits for', async () => {
  const id = await service.change('POST', '/v2/apps', stuckApp('/stuck'));
  const task = await until(async () => (await service.tasks('/stuck'))[0], { what: 'the instance' });
  const described = await until(async () => {
    const found = await handle(id).describe();
    const [pending] = found.raw.pendingActivities ?? [];
    const beat = Buffer.from(pending?.heartbeatDetails?.payloads?.[0]?.data ?? []).toString();
    return beat.includes('503') ? { found, beat } : undefined;
  });
  expect(described.beat).toContain('0/1 ready');
  expect(described.beat).toContain(task.id);
  expect(described.found.searchAttributes).toMatchObject({
    SlipwayApp: ['/stuck'],
    SlipwayStep: ['2/2 ScaleApplication'],
    SlipwayEnvironment: ['default'],
  });
  expect(await described.found.staticSummary()).toContain('/stuck');
  const history = await handle(id).fetchHistory();
  const scheduled = (history.events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
  const summary = Buffer.from(scheduled.at(-1)?.userMetadata?.summary?.data ?? []).toString();
  expect(summary).toContain('/stuck batch 1/1');
  const step = await handle(id).query<{ currentStep: number }>('currentStep');
  expect(step).toMatchObject({ currentStep: 2, totalSteps: 2, batch: 1 });
});

test('what a deployment asks for is handed over at once where all is one process', async () => {
  const id = await service.change('POST', '/v2/apps', { id: '/handed-over', cmd: 'exec sleep 1000' });
  await service.ended(id);
  const response = await fetch(`${service.api}/metrics/prometheus`);
  const received = (await response.text())
    .split('\n')
    .filter((line) => line.startsWith('temporal_activity_task_received'));
  for (const activity of ['startApplication', 'scaleApplication', 'conclude'])
    expect(received).toContainEqual(expect.stringMatching(`activity_type="${activity}",eager="true"`));
});

test('a workflow that is terminated from outside is concluded as failed, and its app is free again', async () => {
  const id = await service.change('POST', '/v2/apps', stuckApp('/terminated'));
  await until(async () => (await service.deployment(id)).currentStep === 2, { what: 'step 2' });
  await handle(id).terminate('by hand');
  const ended = await service.ended(id);
  expect(ended).toMatchObject({ outcome: 'failed', description: expect.stringContaining('terminated') });
  const gone = await service.change('DELETE', '/v2/apps//terminated');
  expect(await service.ended(gone)).toMatchObject({ outcome: 'succeeded' });
});
