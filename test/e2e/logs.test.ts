import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogLine, logLines } from '../helpers/log-lines.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

const TOKEN = `token-${randomUUID()}`;
const SECRET = `hunter2-${randomUUID()}`;

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start({ SLIPWAY_LOG_LEVEL: 'debug', SLIPWAY_TOKEN: TOKEN });
});
afterAll(() => service?.dispose());

const web = (more: object = {}) => ({
  id: '/web',
  cmd: `exec node ${SERVER} --name web --port $PORT0`,
  instances: 2,
  cpus: 0.05,
  mem: 32,
  env: { DB_PASSWORD: SECRET },
  portDefinitions: [{ port: 0, name: 'http' }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
  ...more,
});

/** What was logged of a deployment above debug, once its end is among it. */
async function storyOf(deployment: string): Promise<LogLine[]> {
  await service.ended(deployment);
  const lines = () =>
    logLines(service.output).filter((line) => line.deployment === deployment && line.level >= 30);
  await until(() => lines().some(({ msg }) => msg === 'deployment ended'), { what: 'the line of the end' });
  return lines();
}

const messages = (lines: LogLine[]) =>
  lines.map(({ msg, step, batch, command, gate, activity, outcome }) =>
    [msg, step && `step ${step}`, batch && `batch ${batch}`, command ?? gate ?? activity, outcome]
      .filter(Boolean)
      .join(', '),
  );

test('a release is a story: accepted, begun, steps, batches, ended; each line says of what', async () => {
  const id = await service.change('POST', '/v2/apps', web());
  const lines = await storyOf(id);
  expect(messages(lines)).toEqual([
    'deployment accepted',
    'deployment begins',
    'step begins, step 1',
    'activity begins, step 1, startApplication',
    'activity ended, step 1, startApplication, done',
    'step begins, step 2',
    'activity begins, step 2, batch 1, scaleApplication',
    'activity ended, step 2, batch 1, scaleApplication, done',
    'deployment ended, succeeded',
  ]);
  for (const line of lines) expect(line).toMatchObject({ environment: 'default', app: '/web' });
  const ready = logLines(service.output).filter(({ msg }) => msg === 'an instance is ready');
  expect(ready).toHaveLength(2);
  for (const line of ready)
    expect(line).toMatchObject({
      environment: 'default',
      app: '/web',
      instance: expect.stringContaining('web.'),
    });
});

test('a pause, a hold and commands are in it, with who gave them', async () => {
  const broken = web({ id: '/broken', cmd: 'echo $DB_PASSWORD >&2; echo $DB_PASSWORD; exit 1' });
  const id = await service.change('POST', '/v2/apps', broken);
  await until(async () => (await service.deployment(id)).state === 'held', { what: 'the hold' });
  await service.call('POST', `/api/deployments/${id}/retry`, { by: 'ana', reason: 'again' });
  await until(async () => logLines(service.output).filter(({ gate }) => gate === 'failure').length > 1);
  await service.call('POST', `/api/deployments/${id}/cancel`, { by: 'eva' });
  const lines = await storyOf(id);
  const said = messages(lines);
  expect(said).toContain('activity ended, step 2, batch 1, scaleApplication, failed');
  expect(said).toContain('decision, step 2, batch 1, hold');
  expect(said).toContain('gate entered, step 2, batch 1, failure');
  expect(said).toContain('gate left, step 2, batch 1, failure');
  expect(said.at(-1)).toBe('deployment ended, cancelled');
  const commands = lines.filter(({ msg }) => msg === 'decision');
  expect(commands).toContainEqual(
    expect.objectContaining({ command: 'retry', by: 'ana', reason: 'again', channel: 'api' }),
  );
  expect(commands).toContainEqual(expect.objectContaining({ command: 'cancel', by: 'eva' }));
});

test("the SDK's own lines about workflows and activities say the deployment, too", () => {
  const activities = logLines(service.output).filter(({ msg }) => msg === 'Activity completed');
  expect(activities.length).toBeGreaterThan(5);
  for (const line of activities)
    expect(line).toMatchObject({ deployment: expect.any(String), activity: expect.any(String) });
  const batch = activities.find(({ activity }) => activity === 'scaleApplication');
  expect(batch).toMatchObject({ environment: 'default', app: '/web', step: 2, batch: 1 });
});

test('neither a token nor a secret is in any of it, whatever was refused or failed', async () => {
  await service.call('POST', '/v2/apps', { id: '/wrong', cmd: 'x', env: { KEY: SECRET }, instances: 'many' });
  await service.call('PUT', '/v2/apps//web', { env: { KEY: SECRET, 'a\u0000b': SECRET } });
  await fetch(`${service.api}/v2/apps`, { headers: { authorization: `Bearer ${SECRET}` } });
  await fetch(`${service.api}/v2/apps?token=${TOKEN}`, {
    headers: { authorization: `Basic ${btoa(`u:${TOKEN}`)}` },
  });
  const checked = web({
    id: '/checked',
    healthChecks: [
      {
        protocol: 'COMMAND',
        command: { value: 'echo $DB_PASSWORD; exit 1' },
        gracePeriodSeconds: 0,
        intervalSeconds: 1,
        maxConsecutiveFailures: 1,
      },
    ],
  });
  const id = await service.change('POST', '/v2/apps', checked);
  const killed = () =>
    logLines(service.output).some(
      ({ msg, reason }) => msg === 'an instance is told to end' && reason === 'unhealthy',
    );
  await until(killed, { what: 'the failing check to end an instance', timeoutMs: 20_000 });
  await service.call('POST', `/api/deployments/${id}/close`, { by: 'ana' });
  await storyOf(id);
  await service.end('SIGTERM');
  expect(service.output).toContain('"app":"/checked"');
  expect(service.output).not.toContain(SECRET);
  expect(service.output).not.toContain(TOKEN);
  expect(service.output).not.toContain(btoa(`u:${TOKEN}`));
});
