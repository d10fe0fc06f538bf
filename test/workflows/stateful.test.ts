import { describe, expect, test } from 'vitest';
import type { DeploymentOptions, Step } from '../../src/model/deployment.js';
import { appOf, V1, V2 } from '../helpers/apps.js';
import { Releases } from '../helpers/release-stage.js';

const releases = new Releases('stateful');
const MARATHON = { type: 'marathon', minimumHealthCapacity: 1 } as const;

/** A stateful app of 4 instances that goes to version 2. */
function steps(): Step[] {
  const { app, stage } = releases;
  const definition = { instances: 4, stateful: true, release: { minReadySeconds: 0 } };
  const work = { original: appOf(app, V1, definition), target: appOf(app, V2, definition), options: {} };
  stage.work.set(app, work);
  stage.runtime.seed(app, V1, 4);
  const rollout = { instances: 4, from: 4, strategy: MARATHON, ordered: true } as const;
  return [{ actions: [{ action: 'RestartApplication', app, rollout }] }];
}

const start = (options: DeploymentOptions = {}) => releases.stage.deploy(steps(), options);
const command = (id: string, name: Parameters<typeof releases.stage.workflows.command>[1], body = {}) =>
  releases.stage.workflows.command(id, name, body);

describe('a release of a stateful app', () => {
  test('each place is a batch, and the pause mode may stop after each', async () => {
    const id = await start({ pauseMode: 'each' });
    for (const batch of [2, 3, 4]) {
      await releases.gate(id, 'pause', `batch ${batch}/4`);
      expect(releases.countOfNew()).toBe(batch - 1);
      await command(id, 'resume');
    }
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.stage.runtime.peak.get(releases.app)).toBe(4);
  });

  test('a first place that does not get ready holds it, and the others are left alone', async () => {
    releases.broken();
    const id = await start({ progressDeadlineSeconds: 1 });
    const gate = await releases.gate(id, 'failure');
    expect(gate.description).toContain('batch 1/4');
    expect(releases.stage.runtime.versions(releases.app).sort()).toEqual([V1, V1, V1, V2]);
    releases.mended();
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('cancel brings back the places that were taken, and no other', async () => {
    releases.broken();
    const id = await start();
    await releases.news(1);
    await command(id, 'cancel', { by: 'ana' });
    expect(await releases.end(id)).toBe('cancelled');
    expect(releases.stage.runtime.versions(releases.app)).toEqual([V1, V1, V1, V1]);
    expect(releases.stage.runtime.fewestReady.get(releases.app)).toBe(3);
  });

  test('an edit cannot make it run new instances beside the old ones', async () => {
    const id = await start({ pauseMode: 'first' });
    await releases.gate(id, 'pause');
    const options = { strategy: { type: 'blueGreen' } };
    await expect(command(id, 'edit', { options })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('take the place of each other'),
    });
    await command(id, 'edit', { options: { strategy: { type: 'batches', batches: [1, 'rest'] } } });
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
  });
});
