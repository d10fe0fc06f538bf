import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, LedgerEntry } from '../../src/model/deployment.js';
import { until } from '../helpers/until.js';
import { Whole } from '../helpers/whole.js';
import { createApps, PATIENCE, Release, release, serve, TIMEOUT_MS } from './support/release.js';
import { queued, SCENES } from './support/scenes.js';

const ONE_BY_ONE = { strategy: { type: 'batches', batches: 3 } };
const HOUR_MS = 3_600_000;
const OLD = Array(3).fill(serve(1));

let whole: Whole;
let count = 0;
beforeAll(async () => {
  whole = await Whole.open();
});
afterAll(() => whole?.close());

/** An app of version 1. */
async function anApp(): Promise<string> {
  const app = `/operations/app-${count++}`;
  await createApps(whole, [app]);
  return app;
}

async function succeeded(started: Release): Promise<Release> {
  expect(await started.ended()).toMatchObject({ outcome: 'succeeded' });
  return started;
}

async function change(app: string, body: object): Promise<Release> {
  const reply = await whole.call('POST', '/api/deployments', body);
  expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
  return new Release(whole, app, reply.body.id);
}

describe.concurrent('the way back', { timeout: TIMEOUT_MS }, () => {
  test.for(['paused', 'held', 'startTime'] as const)(
    'goes to any revision, also from one that is %s; instances that still run are kept',
    async (situation) => {
      const app = await anApp();
      const stuck = await SCENES[situation].bring(whole, app);
      const kept = stuck.ids(1);
      const back = await change(app, {
        change: { rollback: { id: app, revision: 1 } },
        lock: 'supersede',
      });
      await succeeded(back);
      expect(await stuck.ended()).toMatchObject({ outcome: 'superseded', supersededBy: back.id });
      expect(back.running()).toEqual(OLD);
      expect(back.ids()).toEqual(expect.arrayContaining(kept));
    },
  );

  test('goes to any version long after the end', async () => {
    const app = await anApp();
    const [{ version: first } = { version: '' }] = (await whole.call('GET', `/api/apps${app}/history`)).body
      .items;
    for (const version of [2, 3, 4]) await succeeded(await release(whole, app, version));
    await succeeded(await change(app, { change: { rollback: { id: app, version: first } } }));
    expect(whole.driver.of(app).map(({ record }) => record.definition.cmd)).toEqual(OLD);
  });

  test('goes in the batches of what it reverts where that is asked for, and at once where not', async () => {
    const app = await anApp();
    const done = await succeeded(await release(whole, app, 2, ONE_BY_ONE));
    const { body } = await done.post('rollback');
    const fast = await succeeded(new Release(whole, app, body.id));
    expect((await fast.deployment()).steps[0]?.actions[0]).toMatchObject({ batch: 1, batches: 1 });

    const again = await release(whole, app, 3, { ...ONE_BY_ONE, pauseMode: 'first' });
    await again.gate('pause', 'batch 2/3');
    await again.post('resume');
    await succeeded(again);
    const reply = await whole.call('POST', `/api/deployments/${again.id}/rollback`, { batched: true });
    const batched = new Release(whole, app, reply.body.id);
    await batched.gate('pause', 'batch 2/3');
    await batched.post('resume');
    await succeeded(batched);
    expect(batched.running()).toEqual(OLD);
  });
});

describe.concurrent('a queue', { timeout: TIMEOUT_MS }, () => {
  test('is seen in its order, goes in it, and lets one of it be cancelled', async () => {
    const app = await anApp();
    const { first, second } = await queued(whole, app);
    const [third, fourth] = [
      await release(whole, app, 4, { lock: 'queue' }),
      await release(whole, app, 5, { lock: 'queue' }),
    ];
    const waiting = (await whole.call('GET', `/api/deployments?state=queued&app=${app}`)).body.items;
    expect(waiting.map(({ id }: Deployment) => id)).toEqual([fourth.id, third.id, second.id]);
    expect(waiting.map(({ gate }: Deployment) => gate?.kind)).toEqual(['lock', 'lock', 'lock']);
    expect((await third.post('cancel')).body.state).toBe('cancelled');
    await first.post('resume');
    const ends = await Promise.all([first, second, fourth].map((each) => each.ended()));
    expect(ends.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const begins = ends.map(({ startedAt = '' }) => startedAt);
    expect(begins).toEqual([...begins].sort());
    expect(ends[1]?.startedAt && ends[0]?.endedAt && ends[1].startedAt >= ends[0].endedAt).toBe(true);
    expect(fourth.running()).toEqual(Array(3).fill(serve(5)));
  });
});

describe.concurrent('a freeze', { timeout: TIMEOUT_MS }, () => {
  test('that begins in the midst holds at the next batch; its end lets it go', async () => {
    const app = await anApp();
    const paused = await SCENES.paused.bring(whole, app);
    const ends = new Date(Date.now() + HOUR_MS).toISOString();
    const freeze = { from: '2026-01-01T00:00:00Z', until: ends, apps: [app], reason: 'sale' };
    expect((await whole.call('PUT', '/api/freezes/in-the-midst', freeze)).status).toBe(201);
    await paused.post('resume');
    const gate = await paused.gate('window', 'batch 2/3');
    expect(gate).toMatchObject({
      until: ends,
      description: expect.stringContaining('sale'),
    });
    expect(paused.running()).toEqual([serve(1), serve(1), serve(2)]);
    await whole.call('DELETE', '/api/freezes/in-the-midst');
    await succeeded(paused);
  });
});

describe.concurrent('what is edited', { timeout: TIMEOUT_MS }, () => {
  test('a deadline holds from the next batch on', async () => {
    const paused = await SCENES.paused.bring(whole, await anApp());
    await paused.post('edit', {
      options: { progressDeadlineSeconds: 0.2, onFailure: 'fail', holdSeconds: 0.5 },
    });
    paused.sicken(2);
    await paused.post('resume');
    const ended = await paused.ended();
    expect(ended).toMatchObject({ outcome: 'failed', options: { onFailure: 'fail' } });
    expect(ended.description).toMatch(/^batch 2\/3 of .* failed: no progress for 0\.2 s/);
  });

  test('bounds hold from the next batch on', async () => {
    const app = await anApp();
    const one = { type: 'rolling', maxSurge: 0, maxUnavailable: 1, manual: true } as const;
    const started = await release(whole, app, 2, { strategy: one });
    await started.gate('pause', 'batch 2/3');
    const before = whole.told.length;
    await started.post('edit', { options: { strategy: { ...one, maxSurge: 3, maxUnavailable: 0 } } });
    await started.post('advance');
    await succeeded(started);
    await whole.runtime.flush();
    const since = whole.told.slice(before).filter(({ appId }) => appId === app);
    // With room for all of them the new ones are started before any old one goes.
    const states = since.flatMap(({ taskStatus }) => (taskStatus === undefined ? [] : [String(taskStatus)]));
    expect(states.indexOf('TASK_KILLING')).toBeGreaterThan(states.lastIndexOf('TASK_STAGING'));
  });
});

describe.concurrent('a batch', { timeout: TIMEOUT_MS }, () => {
  test('ends when its instances have been ready for minReadySeconds', async () => {
    const app = await anApp();
    const started = await release(whole, app, 2, { ...ONE_BY_ONE, minReadySeconds: 1, pauseMode: 'first' });
    const { since } = await started.gate('pause', 'batch 2/3');
    await whole.runtime.flush();
    const healthy = whole.told.find(
      ({ appId, eventType, taskId }) =>
        appId === app && eventType === 'health_status_changed_event' && taskId === started.ids(2)[0],
    );
    expect(Date.parse(since) - Date.parse(String(healthy?.timestamp))).toBeGreaterThanOrEqual(1_000);
    await started.post('close');
  });
});

describe.concurrent('the answer to a command', { timeout: TIMEOUT_MS }, () => {
  test('shows what the command did', async () => {
    const paused = await SCENES.paused.bring(whole, await anApp());
    paused.sicken(2);
    expect((await paused.post('setPauseMode', { mode: 'each' })).body.options).toMatchObject({
      pauseMode: 'each',
    });
    const { body } = await paused.post('resume');
    expect([body.state, body.gate]).toEqual(['running', undefined]);
    await paused.post('close');
    const waiting = await SCENES.approval.bring(whole, await anApp());
    const approved = await waiting.post('approve', { by: 'eva' });
    expect(approved.body.gate.description).toContain('waits for 1 of 2');
    await waiting.post('close');
  });
});

describe.concurrent('requests', { timeout: TIMEOUT_MS }, () => {
  test('a repeated one gets the first answer, also after the end, and changes nothing', async () => {
    const paused = await SCENES.paused.bring(whole, await anApp());
    const once = { requestId: 'r1' };
    expect((await paused.post('cancel', once)).status).toBe(200);
    expect(await paused.ended()).toMatchObject({ outcome: 'cancelled' });
    const again = await paused.post('cancel', once);
    expect([again.status, again.body.state]).toEqual([200, 'cancelled']);
    expect((await paused.post('cancel', { requestId: 'r2' })).status).toBe(409);
    expect(await paused.ledger('cancel')).toHaveLength(1);
  });

  test('a force of a queued one that is repeated does not reach the batch that runs by then', async () => {
    const app = await anApp();
    const { second } = await queued(whole, app);
    second.sicken(3);
    expect((await second.post('force', { requestId: 'f1' })).status).toBe(200);
    await until(() => second.ids(3).length === 1, { what: 'its first batch', ...PATIENCE });
    expect((await second.post('force', { requestId: 'f1' })).status).toBe(200);
    expect(await second.ledger('force')).toHaveLength(1);
    await second.until('to run its first batch', ({ steps }) => steps[0]?.actions[0]?.batch === 1);
    await second.post('close');
  });

  test('a stale one is told what is true now, by the API and, from a signal, by the ledger', async () => {
    const paused = await SCENES.paused.bring(whole, await anApp());
    const reply = await paused.post('resume', { expect: { step: 1, batch: 2 } });
    expect([reply.status, reply.body.code, reply.body.state]).toEqual([409, 'stale', 'paused']);
    expect(reply.body.message).toContain('it is at batch 1');
    await paused.signal('resume', { expect: { step: 2 } });
    const told = async () => (await paused.ledger('resume')).at(-1)?.description;
    await until(async () => (await told())?.includes('it is at step 1'), { what: 'the ledger', ...PATIENCE });
    expect(await paused.deployment()).toMatchObject({ state: 'paused' });
    await paused.post('close');
  });

  test('an approval by somebody who may not give it is 403, a second one by the same person 409', async () => {
    const waiting = await SCENES.approval.bring(whole, await anApp());
    expect((await waiting.post('approve', { by: 'zoe' })).status).toBe(403);
    expect((await waiting.post('approve', { by: 'olga' })).status).toBe(403);
    expect((await waiting.post('approve', { by: 'eva' })).status).toBe(200);
    expect((await waiting.post('approve', { by: 'eva' })).status).toBe(409);
    await waiting.post('reject', { by: 'ben' });
    expect(await waiting.ended()).toMatchObject({ outcome: 'cancelled' });
  });
});

test('the ledger has every decision of a release, of people and of the system, and keeps it after the end', {
  timeout: TIMEOUT_MS,
}, async () => {
  const app = await anApp();
  const held = await SCENES.held.bring(whole, app);
  await held.post('pause', { by: 'ben', reason: 'have a look' });
  await held.post('edit', { by: 'ben', reason: 'have a look', options: { progressDeadlineSeconds: 600 } });
  held.mend();
  await held.gate('pause');
  await held.signal('resume', { by: 'bot', reason: 'fine' });
  await held.ended();
  const told = (await held.ledger()).map(({ by, channel, command, reason }) => [
    by,
    channel,
    command,
    reason,
  ]);
  expect(told.slice(0, 2)).toEqual([
    ['olga', 'api', 'update', undefined],
    ['slipway', 'system', 'hold', undefined],
  ]);
  expect(told.slice(told.findIndex(([by]) => by === 'ben'))).toEqual([
    ['ben', 'api', 'pause', 'have a look'],
    ['ben', 'api', 'edit', 'have a look'],
    ['slipway', 'system', 'recover', undefined],
    ['bot', 'signal', 'resume', 'fine'],
    ['slipway', 'system', 'succeeded', undefined],
  ]);
  const ofApp = (await whole.call('GET', `/api/ledger?app=${app}&by=ben`)).body.items;
  expect(ofApp.map(({ command }: LedgerEntry) => command)).toEqual(['edit', 'pause']);
});
