import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_TABLE, SITUATIONS } from '../../src/model/command-table.js';
import type { Command } from '../../src/model/deployment.js';
import { Whole } from '../helpers/whole.js';
import { EFFECTS } from './support/effects.js';
import { ALL, byApi, bySignal, refusesOthers, refusesSignals } from './support/giving.js';
import { createApps, TIMEOUT_MS } from './support/release.js';
import { BY_CLOCK, SCENES, type Scene, type Staged, WITHOUT_WORKFLOW } from './support/scenes.js';

const STAGED = Object.keys(SCENES) as Staged[];
const CELLS = ALL.flatMap((command) =>
  STAGED.filter((situation) => EFFECTS[command][situation]).map((situation) => [command, situation] as const),
);
const APPS = Array.from(
  { length: 2 * (CELLS.length + STAGED.length) },
  (_, number) => `/cells/app-${number}`,
);

let whole: Whole;
beforeAll(async () => {
  whole = await Whole.open();
  await createApps(whole, [...APPS]);
});
afterAll(() => whole?.close());

const sceneOf = (command: Command, situation: Staged): Scene =>
  command === 'pause' && situation === 'between' ? BY_CLOCK : SCENES[situation];
const bring = (scene: Scene) => scene.bring(whole, APPS.pop() ?? '');

test('every cell of the table in docs/operating.md has its effect here, and no other', () => {
  const withWorkflow = (command: Command) =>
    Object.keys(COMMAND_TABLE[command]).filter((situation) => situation in SCENES);
  for (const command of ALL)
    expect([command, Object.keys(EFFECTS[command]).sort()]).toEqual([command, withWorkflow(command).sort()]);
  expect([...STAGED, ...WITHOUT_WORKFLOW].sort()).toEqual(Object.keys(SITUATIONS).sort());
});

describe('a command given by the API', { timeout: TIMEOUT_MS }, () => {
  test.concurrent.for(CELLS)('%s, %s', async ([command, situation]) => {
    const scene = sceneOf(command, situation);
    await EFFECTS[command][situation]?.(byApi(await bring(scene), scene));
  });

  test.concurrent.for(STAGED)('is refused where the table has no effect: %s', async (situation) => {
    await refusesOthers(await bring(SCENES[situation]), situation);
  });
});

describe('a command given as a signal', { timeout: TIMEOUT_MS }, () => {
  test.concurrent.for(CELLS)('%s, %s', async ([command, situation]) => {
    const scene = sceneOf(command, situation);
    await EFFECTS[command][situation]?.(bySignal(await bring(scene), scene));
  });

  test.concurrent.for(STAGED)('ends in the ledger where the table has no effect: %s', async (situation) => {
    await refusesSignals(await bring(SCENES[situation]), situation);
  });
});
