import { expect, test } from 'vitest';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { embeddedStage } from './embedded.js';
import { productionStage } from './production.js';
import { type Result, runChaos } from './run.js';
import type { Stage } from './stage.js';

/** `npm run chaos` does more of it, and repeats a run by its seed. */
const KILLS = 20;
/** Not tried again: a promise that was broken once is broken. */
const OPTIONS = { timeout: 900_000, retry: 0 };

async function run(open: () => Promise<Stage>): Promise<Result> {
  const stage = await open();
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`${stage.name}: npm run chaos -- --kills ${KILLS} --seed ${seed}`);
  try {
    const result = await runChaos(stage, { kills: KILLS, seed, say: () => undefined });
    if (result.breaches.length > 0) console.log(stage.output());
    return result;
  } finally {
    await stage.dispose();
  }
}

function expectKept({ deeds, releases, told, samples, breaches }: Result): void {
  expect(breaches).toEqual([]);
  expect(deeds).toHaveLength(KILLS);
  for (const seen of [releases, told, samples]) expect(seen).toBeGreaterThan(0);
}

test(`one process of everything keeps its promises through ${KILLS} kills`, OPTIONS, async () => {
  expectKept(await run(embeddedStage));
});

test.skipIf(NO_POSTGRES)(
  `many processes keep their promises through ${KILLS} kills and cuts${NO_POSTGRES}`,
  OPTIONS,
  async () => {
    expectKept(await run(productionStage));
  },
);
