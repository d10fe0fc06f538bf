import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Whole } from '../helpers/whole.js';
import { type Story, stories } from './support/arbitrary.js';
import { Play } from './support/play.js';
import { breachesOf } from './support/verdicts.js';

/** A failing run says its seed and path: `PROMISES_SEED=… PROMISES_PATH=…` tells that story again. In CI the same stories are told every time. */
const SEED = Number(process.env.PROMISES_SEED ?? (process.env.CI ? 1 : Date.now() % 2 ** 31));
const PATH = process.env.PROMISES_PATH;
/** Stories in all; a night's run may have thousands. */
const RUNS = Number(process.env.PROMISES_RUNS ?? 42);
/** Stories wait most of the time, so several go on side by side. */
const LANES = PATH === undefined ? 6 : 1;

let whole: Whole;
beforeAll(async () => {
  whole = await Whole.open();
});
afterAll(() => whole?.close());

async function keepsPromises(story: Story): Promise<void> {
  const play = new Play(whole, story, `/story-${randomUUID().slice(0, 8)}`);
  const told = () => [...play.log, `strategies ${JSON.stringify(play.strategies)}`].join('\n');
  await play.perform().catch((error: unknown) => {
    throw new Error(`${error}\n${told()}`);
  });
  const broken = await breachesOf(whole, play, story.instances);
  await play.settle();
  broken.push(...(await breachesOf(whole, play, story.instances)));
  expect(broken, told()).toEqual([]);
}

test('promises 1, 2, 3, 4 and 6 are kept by all strategies, whatever fails and whatever is commanded when', {
  timeout: 300_000 + RUNS * 10_000,
}, async () => {
  const lane = (number: number) =>
    fc.assert(fc.asyncProperty(stories, keepsPromises), {
      seed: SEED + number,
      numRuns: Math.ceil(RUNS / LANES),
      // Another story would not meet the same moments: it is told as it was.
      endOnFailure: true,
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
});
