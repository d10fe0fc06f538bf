import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { commandBeforeStart } from '../../src/admission/before-start.js';
import { conclude, concludeIn } from '../../src/admission/conclusion.js';
import { createDispatcher } from '../../src/admission/dispatcher.js';
import { recordAction, recordTransition, startStep } from '../../src/admission/progress.js';
import { createWatcher } from '../../src/admission/watcher.js';
import { targetStore } from '../../src/store/targets.js';
import { appOf } from '../helpers/apps.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';
import { until } from '../helpers/until.js';
import { Desk } from './desk.js';
import { WorkflowsFake } from './workflows-fake.js';

const APP = { id: '/web', cmd: 'sleep 1' };
const quiet = { warn: () => undefined, error: () => undefined };

describe('from acceptance to the end', () => {
  let opened: TestStore;
  beforeAll(async () => {
    opened = await openTestStore();
  });
  afterAll(() => opened?.close());

  /** An environment with a dispatcher; `start` false leaves that to the test. */
  async function stage(start = true) {
    const { store } = opened;
    const desk = new Desk(store);
    const workflows = new WorkflowsFake();
    const dispatcher = createDispatcher({ store, workflows, log: quiet, intervalMs: 50 });
    if (start) await dispatcher.start();
    onTestFinished(() => dispatcher.stop());
    const end = (id: string, outcome: 'succeeded' | 'superseded' = 'succeeded') =>
      conclude(store, { deployment: id, outcome, description: 'Over.' });
    return { store, desk, workflows, dispatcher, end };
  }

  it('starts what is accepted, with the plan as input', async () => {
    const { desk, workflows } = await stage();
    const id = await desk.put(APP);
    await until(() => workflows.ids().includes(id), { what: 'the start' });
    const input = workflows.started.find((started) => started.id === id);
    expect(input).toMatchObject({ environment: desk.environment, by: 'ada', options: {} });
    expect(input?.steps.map((step) => step.actions[0]?.action)).toEqual([
      'StartApplication',
      'ScaleApplication',
    ]);
  });

  it('loses nothing while Temporal is away', async () => {
    const { desk, workflows } = await stage();
    workflows.away = true;
    const ids = [
      await desk.put(APP),
      await desk.put({ id: '/b', cmd: 'true' }),
      await desk.put({ id: '/c', cmd: 'true' }),
    ];
    workflows.away = false;
    await until(() => ids.every((id) => workflows.ids().includes(id)), { what: 'all three starts' });
  });

  it('starts the newer one only after the superseded one has ended', async () => {
    const { desk, workflows, end } = await stage();
    const old = await desk.put(APP);
    await until(
      async () => workflows.ids().includes(old) && (await desk.deployment(old)).state === 'accepted',
    );
    const newer = await desk.put({ id: '/web', cmd: 'sleep 2' }, { force: true });
    await until(() => workflows.told.some(({ id, by }) => id === old && by === newer), {
      what: 'the message',
    });
    const newest = await desk.put({ id: '/web', cmd: 'sleep 3' }, { force: true });
    // The one between never began, so it ends; the newest waits for the first all the same.
    expect((await desk.deployment(newer)).state).toBe('superseded');
    expect(workflows.ids()).not.toContain(newest);
    await end(old, 'superseded');
    await until(() => workflows.ids().includes(newest), { what: 'the start of the newest' });
    expect(workflows.ids()).not.toContain(newer);
  });

  it('makes a workflow of which it does not know end, too', async () => {
    const { desk, workflows, dispatcher } = await stage(false);
    const old = await desk.put(APP);
    workflows.losesAnswer = true;
    dispatcher.dispatch(old);
    await until(() => workflows.ids().includes(old));
    await dispatcher.stop();
    const newer = await desk.put({ id: '/web', cmd: 'sleep 2' }, { force: true });
    expect((await desk.deployment(old)).state).not.toBe('superseded');
    await dispatcher.start();
    await until(() => workflows.told.some(({ id, by }) => id === old && by === newer), {
      what: 'the message',
    });
  });

  it('gives a queued one its turn, and the locks with it', async () => {
    const { store, desk, workflows, end } = await stage();
    const first = await desk.put(APP);
    const second = await desk.put({ id: '/web', cmd: 'sleep 2' }, { options: { lock: 'queue' } });
    const target = {
      app: appOf('/web'),
      declaration: { definitions: {}, split: {}, bounds: { minReady: 0, maxTotal: 0 }, minReadySeconds: 0 },
    };
    const targets = targetStore(store, desk.environment);
    await expect(targets.save(target, { deployment: second })).rejects.toMatchObject({ code: 'stale' });
    await until(() => workflows.ids().includes(first));
    await end(first);
    await until(() => workflows.ids().includes(second), { what: 'its turn' });
    expect(await desk.deployment(second)).toMatchObject({ state: 'accepted' });
    await targets.save(target, { deployment: second });
    await expect(targets.save(target, { deployment: first })).rejects.toMatchObject({ code: 'stale' });
    expect(await targets.load()).toHaveLength(1);
  });

  it('ends once, however many say so', async () => {
    const { desk, end } = await stage(false);
    const id = await desk.put(APP);
    const answers = await Promise.all([end(id), end(id), end(id, 'superseded'), end(id)]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    const said = (await desk.events()).filter((type) => /deployment_(success|failed)/.test(type));
    expect(said).toHaveLength(1);
    await expect(desk.put({ id: '/web', cmd: 'sleep 2' })).resolves.toBeTypeOf('string');
  });

  it('frees only its own locks', async () => {
    const { desk, workflows, end } = await stage();
    const old = await desk.put(APP);
    await until(() => workflows.ids().includes(old));
    await desk.put({ id: '/web', cmd: 'sleep 2' }, { force: true });
    await end(old, 'superseded');
    await expect(desk.put({ id: '/web', cmd: 'sleep 3' })).rejects.toMatchObject({ code: 'locked' });
  });

  it('tells each step once, in order', async () => {
    const { store, desk } = await stage(false);
    const id = await desk.put(APP);
    await Promise.all([startStep(store, id, 1), startStep(store, id, 1)]);
    await recordAction(
      store,
      { deployment: id, step: 1, index: 0 },
      { action: 'StartApplication', app: '/web', state: 'done', description: 'known' },
    );
    await Promise.all([startStep(store, id, 2), startStep(store, id, 2), startStep(store, id, 1)]);
    const gate = { kind: 'pause', since: '2026-01-01T00:00:00.000Z', description: 'paused' } as const;
    const decided = [
      { at: gate.since, by: 'ada', channel: 'cli', command: 'pause', description: 'Paused.' } as const,
    ];
    await recordTransition(store, { deployment: id, gate, state: 'paused', decided });
    await recordTransition(store, { deployment: id, gate, state: 'paused', decided });
    expect(await desk.deployment(id)).toMatchObject({ state: 'paused', currentStep: 2, gate });
    expect((await desk.deployment(id)).steps[0]?.actions[0]?.state).toBe('done');
    await conclude(store, { deployment: id, outcome: 'succeeded', description: 'Done.' });
    expect(await desk.events()).toEqual([
      'group_change_success',
      'deployment_info',
      'deployment_step_success',
      'deployment_info',
      'deployment_step_success',
      'deployment_success',
    ]);
    expect((await desk.deployment(id)).gate).toBeUndefined();
  });

  it('restores the definitions on cancel, but not what a later one changed', async () => {
    const { store, desk, end } = await stage(false);
    await end(await desk.put([APP, { id: '/db', cmd: 'sleep 1' }]));
    const both = await desk.put([
      { id: '/web', cmd: 'sleep 2' },
      { id: '/db', cmd: 'sleep 2' },
    ]);
    expect(await commandBeforeStart(store, both, 'pause', {})).toBe(false);
    expect(await commandBeforeStart(store, both, 'cancel', { by: 'ada' })).toBe(true);
    expect(await desk.deployment(both)).toMatchObject({ state: 'cancelled' });
    expect(await desk.app('/web')).toMatchObject({ cmd: 'sleep 1' });
    const again = await desk.put([
      { id: '/web', cmd: 'sleep 3' },
      { id: '/db', cmd: 'sleep 3' },
    ]);
    await startStep(store, again, 1);
    expect(await commandBeforeStart(store, again, 'cancel', {})).toBe(false);
    await desk.put({ id: '/db', cmd: 'sleep 4' }, { force: true });
    await conclude(store, {
      deployment: again,
      outcome: 'cancelled',
      description: 'Cancelled.',
      restore: true,
    });
    expect(await desk.app('/db')).toMatchObject({ cmd: 'sleep 4' });
  });

  it('concludes what was ended from outside, and leaves alone what ended by itself', async () => {
    const { store, desk, workflows } = await stage();
    const killed = await desk.put(APP);
    const fine = await desk.put({ id: '/b', cmd: 'true' });
    await until(() => [killed, fine].every((id) => workflows.ids().includes(id)));
    workflows.closed.set(killed, 'terminated').set(fine, 'completed');
    await conclude(store, { deployment: fine, outcome: 'succeeded', description: 'Done.' });
    const watcher = createWatcher({ store, workflows, log: quiet, intervalMs: 50 });
    watcher.start();
    onTestFinished(() => watcher.stop());
    await until(async () => (await desk.deployment(killed)).state === 'failed', { what: 'the conclusion' });
    expect((await desk.deployment(killed)).description).toContain('terminated');
    expect((await desk.deployment(fine)).state).toBe('succeeded');
    await expect(desk.put({ id: '/web', cmd: 'sleep 9' })).resolves.toBeTypeOf('string');
  });

  it('does not end what came to fail its condition since it was read', async () => {
    const { store, desk } = await stage(false);
    const id = await desk.put(APP);
    await store.db.execute(sql`create sequence looks`);
    const end = { deployment: id, outcome: 'cancelled', description: 'Over.' } as const;
    const onlyAtFirst = sql`nextval('looks') = 1`;
    expect(await concludeIn(store.db, end, '2026-01-01T00:00:00.000Z', onlyAtFirst)).toBeUndefined();
    expect((await desk.deployment(id)).state).toBe('accepted');
  });

  it('asks for a workflow at the first look, and then once it has run for a while', async () => {
    const { store, desk, workflows } = await stage();
    const id = await desk.put(APP);
    await until(() => workflows.ids().includes(id), { what: 'its start' });
    let [now, looks] = [Date.now() + 60_000, 0];
    const asked = vi.spyOn(workflows, 'ended');
    const clock = () => {
      looks += 1;
      return now;
    };
    const watcher = createWatcher({ store, workflows, log: quiet, intervalMs: 10 }, clock);
    watcher.start();
    onTestFinished(() => watcher.stop());
    await until(() => asked.mock.calls.flat(2).includes(id), { what: 'the first look' });
    now -= 120_000;
    asked.mockClear();
    const seen = looks;
    await until(() => looks > seen + 3, { what: 'other looks' });
    expect(asked.mock.calls.flat(2)).not.toContain(id);
    now += 120_000;
    await until(() => asked.mock.calls.flat(2).includes(id), { what: 'a look after a while' });
  });
});
