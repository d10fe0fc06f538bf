import { afterAll, beforeAll, expect } from 'vitest';
import type { Strategy } from '../../src/model/app.js';
import { eventsSince } from '../../src/store/events.js';
import { until } from '../helpers/until.js';
import { Whole } from '../helpers/whole.js';
import { edge } from './support/edge.js';
import { createApps, PATIENCE, Release, release, serve, web } from './support/release.js';
import { SCENES } from './support/scenes.js';

const BY_HAND: Strategy = { type: 'canary', steps: [{ instances: 1, manual: true }] };
const DAY_SECONDS = 86_400;

let whole: Whole;
beforeAll(async () => {
  whole = await Whole.open();
});
afterAll(() => whole?.close());

/** A release to version 2 that never gets healthy; version 1 runs. */
async function sick(app: string, options: object = {}, more: object = {}): Promise<Release> {
  await createApps(whole, [web(app, 1, more)]);
  whole.driver.judge(app, ({ cmd }) => cmd !== serve(2));
  const started = await release(whole, app, 2, options, more);
  await until(() => started.ids(2).length > 0, { what: `the new ones of ${app}`, ...PATIENCE });
  return started;
}

const takesOver = (app: string, version: number | string, more: object = {}) =>
  release(whole, app, version, { lock: 'supersede' }, more);

/** Types of the events of deployments, in order. */
async function lifeOf({ id }: Release): Promise<string[]> {
  const all = await eventsSince(whole.store.db, whole.environment, 0, 100_000);
  return all
    .map(({ event }) => event)
    .flatMap((event) =>
      event.id === id || (event as { plan?: { id: string } }).plan?.id === id ? [event.eventType] : [],
    );
}

edge(30, 'a count that is changed in the midst supersedes the release and brings it to its end', async () => {
  await createApps(whole, ['/r/scaled']);
  const first = await SCENES.paused.bring(whole, '/r/scaled');
  const change = { scale: { id: '/r/scaled', instances: 6 } };
  const refused = await whole.call('POST', '/api/deployments', { change });
  expect([refused.status, refused.body.deployments]).toEqual([409, [first.id]]);
  const { body } = await whole.call('POST', '/api/deployments', { change, lock: 'supersede' });
  const scaled = new Release(whole, '/r/scaled', body.id);
  expect(await scaled.ended()).toMatchObject({ outcome: 'succeeded' });
  expect(scaled.running()).toEqual(Array(6).fill(serve(2)));
});

edge(32, 'a broken release that is scaled leaves the old instances alone', async () => {
  const broken = await sick('/r/broken-scaled', {
    strategy: { type: 'rolling', maxSurge: 1, maxUnavailable: 0 },
  });
  const old = broken.ids(1);
  const change = { scale: { id: '/r/broken-scaled', instances: 5 } };
  const { body } = await whole.call('POST', '/api/deployments', { change, lock: 'supersede' });
  const scaled = new Release(whole, '/r/broken-scaled', body.id);
  await until(() => scaled.ids(2).length > 1, { what: 'more new ones', ...PATIENCE });
  expect(scaled.ids(1)).toEqual(old);
  await scaled.post('close');
});

edge(36, 'of many versions that come before one is ready the last one runs', async () => {
  await createApps(whole, ['/r/many']);
  whole.driver.judge('/r/many', ({ cmd }) => cmd === serve(1));
  const all: Release[] = [];
  for (const version of [2, 3, 4, 5, 6]) all.push(await takesOver('/r/many', version));
  const last = all.pop();
  last?.mend();
  expect(await last?.ended()).toMatchObject({ outcome: 'succeeded' });
  for (const each of all) expect(await each.ended()).toMatchObject({ outcome: 'superseded' });
  expect(last?.running()).toEqual(Array(3).fill(serve(6)));
});

edge(37, 'a canary is cancelled, released again and let go: what is told, and how it ends', async () => {
  await createApps(whole, ['/r/canary']);
  const first = await release(whole, '/r/canary', 2, { strategy: BY_HAND });
  await first.gate('pause', 'batch 2/2');
  await first.post('cancel');
  expect(await first.ended()).toMatchObject({ outcome: 'cancelled' });
  const second = await release(whole, '/r/canary', 2, { strategy: BY_HAND });
  await second.gate('pause', 'batch 2/2');
  await second.post('advance');
  expect(await second.ended()).toMatchObject({ outcome: 'succeeded' });
  expect(await lifeOf(first)).toEqual(['deployment_info', 'deployment_failed']);
  expect(await lifeOf(second)).toEqual(['deployment_info', 'deployment_step_success', 'deployment_success']);
});

edge(38, 'all the rest of a canary that waits for a day goes at once', async () => {
  await createApps(whole, ['/r/full']);
  const steps = [1, 2].map((instances) => ({ instances, pauseSeconds: DAY_SECONDS }));
  const waiting = await release(whole, '/r/full', 2, { strategy: { type: 'canary', steps } });
  await waiting.gate('pause', 'batch 2/3');
  await waiting.post('edit', { options: { strategy: { type: 'batches', batches: ['rest'] } } });
  await waiting.post('advance');
  const ended = await waiting.ended();
  expect(ended.steps[0]?.actions[0]).toMatchObject({ batch: 2, batches: 2 });
  expect(waiting.running()).toEqual(Array(3).fill(serve(2)));
});

edge(39, 'a second bad version takes the place of the first one, and all good ones stay', async () => {
  const four = { instances: 4, release: { strategy: BY_HAND } };
  const bad = await sick('/r/bad-twice', {}, four);
  const good = bad.ids(1);
  expect([good.length, bad.ids(2).length]).toEqual([4, 1]);
  whole.driver.judge('/r/bad-twice', ({ cmd }) => cmd === serve(1));
  const worse = await takesOver('/r/bad-twice', 3, four);
  await until(() => worse.ids(3).length === 1, { what: 'the third version', ...PATIENCE });
  await until(() => worse.ids(2).length === 0, { what: 'the end of the second', ...PATIENCE });
  expect(worse.ids(1)).toEqual(good);
  await worse.post('close');
});

edge(
  40,
  'blue/green past its deadline: held with all that is there, or rolled back with no new one',
  async () => {
    const strategy = { type: 'blueGreen' };
    const held = await sick('/r/green-held', { strategy, progressDeadlineSeconds: 0.2 });
    await held.gate('failure');
    expect([held.ids(1).length, held.ids(2).length]).toEqual([3, 3]);
    await held.post('close');
    const options = { strategy, progressDeadlineSeconds: 0.2, onFailure: 'rollback' };
    const failed = await sick('/r/green-back', options);
    const { rolledBackBy = '' } = await failed.ended();
    expect(await new Release(whole, '', rolledBackBy).ended()).toMatchObject({ outcome: 'succeeded' });
    expect(failed.running()).toEqual(Array(3).fill(serve(1)));
  },
);

edge(
  44,
  'the instances of a paused release go when the next version takes over, which is not paused',
  async () => {
    await createApps(whole, ['/r/paused-over']);
    await SCENES.paused.bring(whole, '/r/paused-over');
    const next = await takesOver('/r/paused-over', 3);
    expect(await next.ended()).toMatchObject({ outcome: 'succeeded' });
    expect(next.running()).toEqual(Array(3).fill(serve(3)));
  },
);

edge(50, 'nothing is released at a pause: an old one that dies is replaced by its own version', async () => {
  await createApps(whole, ['/r/still']);
  const paused = await SCENES.paused.bring(whole, '/r/still');
  const [victim] = whole.driver.of('/r/still').filter(({ record }) => record.definition.cmd === serve(1));
  if (victim) whole.driver.exit(victim, { exitStatus: 1, message: 'crashed' });
  await until(() => paused.ids(1).length === 2 && !paused.ids(1).includes(victim?.record.id ?? ''), PATIENCE);
  expect(paused.running()).toEqual([serve(1), serve(1), serve(2)]);
  await paused.post('resume');
  expect(await paused.ended()).toMatchObject({ outcome: 'succeeded' });
});

edge(52, 'the deadline of a version that takes over is its own', async () => {
  const deadline = { release: { progressDeadlineSeconds: 1 } };
  const first = await sick('/r/own-deadline', {}, deadline);
  await first.gate('failure');
  whole.driver.judge('/r/own-deadline', ({ cmd }) => cmd === serve(1));
  const second = await takesOver('/r/own-deadline', 3, deadline);
  const { since } = await second.gate('failure');
  const { startedAt = '' } = await second.deployment();
  expect(Date.parse(since) - Date.parse(startedAt)).toBeGreaterThanOrEqual(1_000);
  await second.post('close');
});

edge(63, 'one of two canaries is ready: advance is refused', async () => {
  const strategy: Strategy = { type: 'canary', steps: [{ instances: 2, manual: true }] };
  const started = await sick('/r/two-canaries', {}, { instances: 8, release: { strategy } });
  await until(() => started.ids(2).length === 2, PATIENCE);
  const [one] = whole.driver.of('/r/two-canaries').filter(({ record }) => record.definition.cmd === serve(2));
  if (one) whole.driver.setHealth(one, true);
  await started.until('to have one ready', ({ steps }) => steps[0]?.actions[0]?.new?.ready === 1);
  expect(await started.post('advance')).toMatchObject({ status: 409, body: { state: 'running' } });
  started.mend();
  await started.gate('pause', 'batch 2/2');
  await started.post('close');
});

edge(64, 'of two apps with deadlines of their own the shorter one holds', async () => {
  const [quick, slow] = [
    web('/r/deadline-short', 2, { release: { progressDeadlineSeconds: 0.3 } }),
    web('/r/deadline-long', 2, { release: { progressDeadlineSeconds: 600 } }),
  ];
  await createApps(
    whole,
    [quick, slow].map((app) => ({ ...app, cmd: serve(1) })),
  );
  for (const { id } of [quick, slow]) whole.driver.judge(id, ({ cmd }) => cmd !== serve(2));
  const { body } = await whole.call('POST', '/api/deployments', { change: { apps: [quick, slow] } });
  const both = new Release(whole, '/r/deadline-short', body.id);
  expect((await both.gate('failure')).description).toContain('of /r/deadline-short failed');
  await both.post('close');
});

edge(65, 'a force that is taken as the hold runs out counts: it is not failed as well', async () => {
  const tries = [0, 20, 40, 60, 80].map(async (early) => {
    const app = `/r/race-${early}`;
    const options = { progressDeadlineSeconds: 0.2, onFailure: 'fail', holdSeconds: 6 };
    const held = await sick(app, { strategy: { type: 'batches', batches: 3 }, ...options });
    const { until: ends = '' } = await held.gate('failure');
    await until(() => Date.now() >= Date.parse(ends) - early, { what: 'the moment', everyMs: 1 });
    const { status } = await held.post('force');
    if (status === 200) {
      await held.batch(2);
      await held.post('close');
    }
    const ended = await held.ended();
    expect(ended.description).toMatch(status === 200 ? /^closed by ana/ : /^batch 1\/3 of .* failed/);
  });
  await Promise.all(tries);
});

edge(69, 'nothing more is released after a close: what dies is replaced by its own version', async () => {
  await createApps(whole, ['/r/closed']);
  const closed = await SCENES.paused.bring(whole, '/r/closed');
  await closed.post('close');
  await closed.ended();
  for (const version of [1, 2]) {
    const [victim] = whole.driver
      .of('/r/closed')
      .filter(({ record }) => record.definition.cmd === serve(version));
    if (victim) whole.driver.exit(victim, { exitStatus: 1, message: 'crashed' });
    await until(() => closed.running().length === 3, { what: 'the replacement', ...PATIENCE });
  }
  expect(closed.running()).toEqual([serve(1), serve(1), serve(2)]);
});

edge(
  70,
  'an app that is removed ends what runs of its releases, and leaves alone what had failed',
  async () => {
    await createApps(whole, ['/r/removed']);
    const failed = await SCENES.paused.bring(whole, '/r/removed');
    await failed.post('close');
    const before = await failed.ended();
    whole.driver.judge('/r/removed', ({ cmd }) => cmd !== serve(3));
    const running = await release(whole, '/r/removed', 3);
    const gone = await whole.call('DELETE', '/v2/apps/r/removed?force=true');
    const removal = new Release(whole, '/r/removed', gone.headers.get('marathon-deployment-id') ?? '');
    expect(await removal.ended()).toMatchObject({ outcome: 'succeeded' });
    expect(await running.ended()).toMatchObject({ outcome: 'superseded' });
    expect(await failed.deployment()).toEqual(before);
    expect(removal.running()).toEqual([]);
  },
);

edge(
  73,
  'the old definition sent again is a version of its own; a rollback keeps the old instances',
  async () => {
    await createApps(whole, ['/r/again', '/r/back']);
    const first = await SCENES.paused.bring(whole, '/r/again');
    const old = first.ids(1);
    const again = await takesOver('/r/again', 1);
    expect(await again.ended()).toMatchObject({ outcome: 'succeeded' });
    expect(await first.ended()).toMatchObject({ outcome: 'superseded' });
    expect(again.running()).toEqual(Array(3).fill(serve(1)));
    expect(again.ids(1).filter((id) => old.includes(id))).toEqual([]);

    const second = await SCENES.paused.bring(whole, '/r/back');
    const kept = second.ids(1);
    const { body } = await second.post('rollback');
    expect(await new Release(whole, '/r/back', body.id).ended()).toMatchObject({ outcome: 'succeeded' });
    expect(second.ids(1)).toEqual(expect.arrayContaining(kept));
  },
);

edge(76, 'a third version is taken while blue/green waits, and both others go', async () => {
  await createApps(whole, ['/r/third']);
  const waiting = await release(whole, '/r/third', 2, { strategy: { type: 'blueGreen', manual: true } });
  await waiting.gate('pause');
  expect([waiting.ids(1).length, waiting.ids(2).length]).toEqual([3, 3]);
  const third = await takesOver('/r/third', 3);
  expect(await third.ended()).toMatchObject({ outcome: 'succeeded' });
  expect(third.running()).toEqual(Array(3).fill(serve(3)));
});

edge(84, 'a pause outlasts a batch that fails meanwhile', async () => {
  const options = { strategy: { type: 'batches', batches: 3 }, progressDeadlineSeconds: 1 };
  const failing = await sick('/r/paused-failing', options);
  await failing.post('pause');
  await failing.gate('failure');
  failing.mend();
  await failing.gate('pause', 'paused before batch 2/3');
  await failing.post('resume');
  expect(await failing.ended()).toMatchObject({ outcome: 'succeeded' });
});

edge(85, 'a cycle that was held counts its interval from its beginning', async () => {
  const strategy: Strategy = { type: 'rolling', maxSurge: 1, maxUnavailable: 0, intervalSeconds: 1 };
  const held = await sick('/r/interval', { strategy, progressDeadlineSeconds: 1.5 });
  await held.gate('failure');
  held.mend();
  await held.batch(2);
  const recovered = await until(async () => (await held.ledger('recover'))[0], PATIENCE);
  expect(Date.now() - Date.parse(recovered.at)).toBeLessThan(10_000);
  expect(await held.ended()).toMatchObject({ outcome: 'succeeded' });
});

edge(86, 'cancel and rollback are taken while instances are being ended', async () => {
  for (const command of ['cancel', 'rollback'] as const) {
    const app = `/r/mid-kill-${command}`;
    await createApps(whole, [app]);
    whole.driver.takeInHand(app);
    const { body } = await whole.call('POST', '/api/deployments', { change: { delete: { id: app } } });
    const removal = new Release(whole, app, body.id);
    await until(() => whole.driver.of(app).every(({ state }) => state === 'ending'), PATIENCE);
    const reply = await removal.post(command);
    expect(reply.status).toBe(200);
    // A rollback takes over at once; who cancels waits for what he restores.
    if (command === 'cancel') whole.driver.letGo(app);
    expect((await removal.ended()).outcome).toBe(command === 'cancel' ? 'cancelled' : 'superseded');
    whole.driver.letGo(app);
    if (command === 'rollback') await new Release(whole, app, reply.body.id).ended();
    await until(() => removal.running().length === 3, { what: `${app} to be back`, ...PATIENCE });
    expect(removal.running()).toEqual(Array(3).fill(serve(1)));
    expect(await removal.cmd()).toBe(serve(1));
  }
});
