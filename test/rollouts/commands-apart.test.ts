import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_TABLE } from '../../src/model/command-table.js';
import type { Command, Outcome } from '../../src/model/deployment.js';
import { Whole } from '../helpers/whole.js';
import { leavesThings, rollsBack, touchesNothing } from './support/effects.js';
import { ALL, byApi, refusesOthers } from './support/giving.js';
import { createApps, Release, release, serve, TIMEOUT_MS } from './support/release.js';
import { ENDINGS, queued } from './support/scenes.js';

const OUTCOMES = Object.keys(ENDINGS) as Outcome[];
const APPS = Array.from({ length: 20 }, (_, number) => `/apart/app-${number}`);
const STILL = Array.from({ length: 4 }, (_, number) => `/still/app-${number}`);
const nextApp = () => APPS.pop() ?? '';
/** Nothing has to be let go. */
const NOTHING = { open: async () => undefined };

let whole: Whole;
/** Its dispatcher rests: what it accepts is not handed to Temporal. */
let still: Whole;
beforeAll(async () => {
  [whole, still] = await Promise.all([Whole.open(), Whole.open()]);
  await Promise.all([createApps(whole, [...APPS]), createApps(still, [...STILL])]);
  await still.dispatcher.stop();
});
afterAll(() => Promise.all([whole?.close(), still?.close()]));

const commandsIn = (situation: 'accepted' | 'queued' | 'ended') =>
  ALL.filter((command) => COMMAND_TABLE[command][situation]);

test('the cells of situations without a workflow are those that are tried here', () => {
  const tried: [Command[], Command[], Command[]] = [
    ['cancel', 'close', 'rollback'],
    ['cancel', 'close', 'force', 'rollback'],
    ['rollback'],
  ];
  expect([commandsIn('accepted'), commandsIn('queued'), commandsIn('ended')]).toEqual(tried);
});

describe('accepted', { timeout: TIMEOUT_MS }, () => {
  const accepted = async () => byApi(await release(still, STILL.pop() ?? '', 2), NOTHING);

  test('what has no effect is refused', async () => {
    await refusesOthers((await accepted()).release, 'accepted');
  });

  test('cancel ends it; nothing was touched', async () => {
    await touchesNothing('cancel')(await accepted());
  });

  test('close ends it as failed and leaves things as they are', async () => {
    await leavesThings(await accepted());
  });

  test('rollback: a new deployment reverts it', async () => {
    const acting = await accepted();
    await still.dispatcher.start();
    await rollsBack('superseded')(acting);
  });
});

describe('queued', { timeout: TIMEOUT_MS }, () => {
  test.concurrent('what has no effect is refused', async () => {
    const { second } = await queued(whole, nextApp());
    await refusesOthers(second, 'queued');
  });

  test.concurrent('cancel ends it; nothing was touched, and the one before it goes on', async () => {
    const { first, second } = await queued(whole, nextApp());
    const ids = second.ids();
    expect((await second.post('cancel')).status).toBe(200);
    expect(await second.deployment()).toMatchObject({ outcome: 'cancelled' });
    expect([second.ids(), await second.cmd()]).toEqual([ids, serve(2)]);
    await first.post('resume');
    expect(await first.ended()).toMatchObject({ outcome: 'succeeded' });
  });

  test.concurrent('close ends it as failed and leaves things as they are', async () => {
    const { first, second } = await queued(whole, nextApp());
    await leavesThings(byApi(second, NOTHING));
    expect(await first.deployment()).toMatchObject({ state: 'paused' });
  });

  test.concurrent('force takes the apps over', async () => {
    const { first, second } = await queued(whole, nextApp());
    expect((await second.post('force')).status).toBe(200);
    expect(await first.ended()).toMatchObject({ outcome: 'superseded', supersededBy: second.id });
    expect(await second.ended()).toMatchObject({ outcome: 'succeeded' });
    expect(second.running()).toEqual(Array(3).fill(serve(3)));
  });

  test.concurrent('rollback reverts it behind the one that holds the app, which it leaves alone', async () => {
    const { first, second } = await queued(whole, nextApp());
    const { status, body } = await second.post('rollback');
    expect([status, body.state, body.rollbackOf]).toEqual([200, 'queued', second.id]);
    expect(await second.ended()).toMatchObject({ outcome: 'superseded', rolledBackBy: body.id });
    expect([await first.deployment(), await first.cmd()]).toMatchObject([{ state: 'paused' }, serve(2)]);
    await first.post('resume');
    expect(await first.ended()).toMatchObject({ outcome: 'succeeded' });
    const ids = first.ids(2);
    const back = new Release(whole, first.app, body.id);
    expect(await back.ended()).toMatchObject({ outcome: 'succeeded' });
    expect(back.ids()).toEqual(ids);
  });
});

describe('ended', { timeout: TIMEOUT_MS }, () => {
  test.concurrent.for(OUTCOMES)('what has no effect is refused: %s', async (outcome) => {
    const over = await ENDINGS[outcome](whole, nextApp());
    expect(await over.ended()).toMatchObject({ outcome });
    await refusesOthers(over, 'ended');
  });

  test.concurrent.for(['succeeded', 'failed', 'cancelled'] as const)(
    'rollback: a new deployment reverts it, and it keeps its outcome: %s',
    async (outcome) => {
      const over = await ENDINGS[outcome](whole, nextApp());
      await over.ended();
      await rollsBack('kept')(byApi(over, NOTHING));
    },
  );

  test.concurrent('rollback of one that was superseded: what the later one changed stays', async () => {
    const over = await ENDINGS.superseded(whole, nextApp());
    const ids = over.ids();
    const { status, body } = await over.post('rollback');
    expect([status, body.outcome, body.totalSteps]).toEqual([200, 'succeeded', 0]);
    expect([over.ids(), await over.cmd()]).toEqual([ids, serve(3)]);
  });
});
