import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Step } from '../../src/model/deployment.js';
import { appOf } from '../helpers/apps.js';
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

  test('they replay without the interceptor that hands on traces, too: it changes no command', async () => {
    const workflowsPath = fileURLToPath(new URL('../../dist/workflows/index.js', import.meta.url));
    const quiet = new DefaultLogger('ERROR');
    const bundle = await bundleWorkflowCode({ workflowsPath, logger: quiet });
    for (const name of NAMES) {
      const history = JSON.parse(await historyText(name));
      await Worker.runReplayHistory({ workflowBundle: bundle }, history);
    }
    expect(bundle.code).not.toContain('traceparent');
    expect(await readFile(inject('bundlePath'), 'utf8')).toContain('traceparent');
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

  test('a traced deployment hands its trace to every activity, and its history replays', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const id = randomUUID();
    stage.work.set('/traced', { target: appOf('/traced'), options: {} });
    const steps: Step[] = [{ actions: [{ action: 'ResolveArtifacts', app: '/traced' }] }];
    const { environment } = stage;
    await stage.workflows.start({ id, environment, steps, options: {}, by: 'ana', reason: '' }, trace);
    expect(await stage.handle(id).result()).toBe('succeeded');
    const history = await stage.handle(id).fetchHistory();
    const scheduled = (history.events ?? []).flatMap(
      (event) => event.activityTaskScheduledEventAttributes ?? [],
    );
    const headers = scheduled.map(({ header }) => String(header?.fields?.traceparent?.data));
    expect(headers).toEqual([`"${trace}"`, `"${trace}"`]);
    await Worker.runReplayHistory({ workflowBundle: { codePath: inject('bundlePath') } }, history);
    stage.ends.length = 0;
  });

  test.each(Object.entries(SCENARIOS))('%s', async (name, scenario) => {
    const id = await scenario(stage, `/${name}`);
    expect(stage.ends.length).toBeGreaterThan(0);
    stage.ends.length = 0;
    if (recording) await record(name, { id });
  });
});
