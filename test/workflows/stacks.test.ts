import { afterAll, beforeAll, expect, test } from 'vitest';
import { appOf, V1 } from '../helpers/apps.js';
import { Stage } from '../helpers/stage.js';
import { until } from '../helpers/until.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const stackOf = (id: string) => stage.handle(id).query<string>('__stack_trace');

test('workflows keep no stacks unless a worker is told to, and then also those that began before', async () => {
  stage.work.set('/stacks', { target: appOf('/stacks', V1, { instances: 1 }), options: {} });
  const steps = [{ actions: [{ action: 'StartApplication' as const, app: '/stacks' }] }];
  const id = await stage.deploy(steps, { approval: { required: 1, from: ['ben'] } });
  await until(() => stage.transitions.some(({ gate }) => gate?.kind === 'approval'));
  expect(await stackOf(id)).toBe('');
  await stage.stopWorkers();
  await stage.startWorkers(undefined, { stacks: true });
  expect(await stackOf(id)).toMatch(/ at deployment \(.*workflows\/deployment\.ts:\d+:\d+\)/);
  await stage.workflows.command(id, 'approve', { by: 'ben', requestId: 'one' });
  await until(() => stage.ends[0]);
});
