import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Step } from '../../src/model/deployment.js';
import { appOf, V1 } from '../helpers/apps.js';
import { Stage } from '../helpers/stage.js';

/** Temporal ends a workflow at 51,200 events or 50 MB, and warns from 10,240 or 10 MB on. */
const WARNS_FROM_EVENTS = 10_240;
const LIMIT_OF_AN_INPUT = 2 * 2 ** 20;
/** So many that the history passes 4,096 events, where Temporal suggests a new run. */
const APPS = 1_400;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test('a deployment of more than 1,000 apps stays within the limits of Temporal', async () => {
  const apps = Array.from({ length: APPS }, (_, i) => `/large/group-${i % 10}/an-app-with-a-name-${i}`);
  for (const app of apps) stage.work.set(app, { target: appOf(app, V1), options: {} });
  const rollout = {
    instances: 1,
    from: 0,
    strategy: { type: 'marathon', minimumHealthCapacity: 1 },
  } as const;
  const steps: Step[] = [
    { actions: apps.map((app) => ({ action: 'StartApplication', app, reason: 'new app' })) },
    { actions: apps.map((app) => ({ action: 'ScaleApplication', app, rollout, reason: 'new app' })) },
  ];
  expect(JSON.stringify(steps).length).toBeLessThan(LIMIT_OF_AN_INPUT / 4);
  const last = '/large/last';
  stage.work.set(last, { target: appOf(last, V1), options: {} });
  const id = await stage.deploy([
    ...steps,
    { actions: [{ action: 'ScaleApplication', app: last, rollout }] },
  ]);
  const first = (await stage.handle(id).describe()).runId;
  expect(await stage.handle(id).result()).toBe('succeeded');
  for (const app of [...apps, last]) expect(stage.runtime.versions(app)).toEqual([V1]);
  const { client } = stage.connections;
  const { historyLength } = await client.workflow.getHandle(id, first).describe();
  expect(historyLength).toBeLessThan(WARNS_FROM_EVENTS);
  // The history was long enough to go on in a new run before the last step; it is still one deployment with one end.
  expect((await stage.handle(id).describe()).runId).not.toBe(first);
  expect(stage.ends).toHaveLength(1);
  expect(stage.started.at(-1)).toBe(3);
}, 180_000);
