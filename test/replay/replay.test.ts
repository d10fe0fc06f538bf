import { readdir } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Stage } from '../helpers/stage.js';
import { CONTINUED } from './continued.js';
import { HISTORIES, historyText, record, recording } from './histories.js';
import { SCENARIOS } from './scenarios.js';

const NAMES = [...Object.keys(SCENARIOS), ...CONTINUED];

describe('recorded histories', () => {
  test.each(NAMES)('%s replays on the present code', async (name) => {
    if (recording) return;
    const history = JSON.parse(await historyText(name));
    await Worker.runReplayHistory({ workflowBundle: { codePath: inject('bundlePath') } }, history);
  });

  test('every history belongs to a scenario', async () => {
    const kept = (await readdir(HISTORIES)).map((file) => file.replace('.json', ''));
    expect(kept.sort()).toEqual(NAMES.toSorted());
  });

  test('a history that does not fit is found', async () => {
    const text = await historyText('succeeded-create');
    const other = JSON.parse(text.replaceAll('startApplication', 'stopApplication'));
    const replay = Worker.runReplayHistory({ workflowBundle: { codePath: inject('bundlePath') } }, other);
    await expect(replay).rejects.toThrow();
  });
});

describe('with the workflow cache off, each task replays the whole history', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(0);
  });
  afterAll(() => stage.close());

  test.each(Object.entries(SCENARIOS))('%s', async (name, scenario) => {
    const id = await scenario(stage, `/${name}`);
    expect(stage.ends.length).toBeGreaterThan(0);
    stage.ends.length = 0;
    if (recording) await record(name, { id });
  });
});
