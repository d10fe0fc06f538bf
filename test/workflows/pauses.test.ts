import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../src/model/app.js';
import { Releases, WORKED_CASE } from '../helpers/release-stage.js';

const releases = new Releases('pauses');
const IN_FOUR: Strategy = { type: 'batches', batches: 4 };
const command = (id: string, name: Parameters<typeof releases.stage.workflows.command>[1], body = {}) =>
  releases.stage.workflows.command(id, name, body);

describe('pause modes', () => {
  test('first: one pause after the first batch, resume lets all that remain go', async () => {
    const id = await releases.start(IN_FOUR, { pauseMode: 'first' }, 8);
    const gate = await releases.gate(id, 'pause');
    expect(gate.description).toBe(`paused before batch 2/4 of ${releases.app}`);
    expect(releases.countOfNew()).toBe(2);
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('first: advance lets one batch go and holds again', async () => {
    const id = await releases.start(IN_FOUR, { pauseMode: 'first' }, 8);
    await releases.gate(id, 'pause', 'batch 2/4');
    await command(id, 'advance');
    await releases.gate(id, 'pause', 'batch 3/4');
    expect(releases.countOfNew()).toBe(4);
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('each: resume lets one batch go; there is no pause after the last', async () => {
    const id = await releases.start(IN_FOUR, { pauseMode: 'each' }, 8);
    for (const batch of [2, 3, 4]) {
      await releases.gate(id, 'pause', `batch ${batch}/4`);
      expect(releases.countOfNew()).toBe((batch - 1) * 2);
      await command(id, 'resume', { expect: { batch: batch - 1 } });
    }
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('a switch opens no pause that was reached, and holds from the next boundary on', async () => {
    const id = await releases.start(IN_FOUR, { pauseMode: 'each' }, 8);
    await releases.gate(id, 'pause', 'batch 2/4');
    await command(id, 'setPauseMode', { mode: 'none' });
    expect(await releases.stage.handle(id).query('status')).toMatchObject({
      state: 'paused',
      pauseMode: 'none',
    });
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('a pause that is not reached yet is taken back by resume and not opened by advance', async () => {
    releases.broken();
    const id = await releases.start(IN_FOUR, {}, 8);
    await releases.news(2);
    await command(id, 'pause');
    await expect(command(id, 'advance')).rejects.toMatchObject({
      code: 'not_applicable',
      message: expect.stringContaining('the batch before the pause still runs'),
    });
    await command(id, 'resume');
    releases.mended();
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('two quick advances do not skip a batch', async () => {
    const id = await releases.start(IN_FOUR, { pauseMode: 'each' }, 8);
    await releases.gate(id, 'pause', 'batch 2/4');
    releases.broken();
    releases.stage.runtime.judge((_app, version, index) => version < '2026-01-02' || index < 2);
    await command(id, 'advance');
    await expect(command(id, 'advance')).rejects.toMatchObject({ status: 409 });
    releases.mended();
    await releases.gate(id, 'pause', 'batch 3/4');
    await command(id, 'close');
    await releases.end(id);
  });
});

describe('strategies that stop', () => {
  test('manual cycles: the first runs at once, each further one waits', async () => {
    const cycles: Strategy = { type: 'rolling', maxSurge: 1, maxUnavailable: 0, manual: true };
    const id = await releases.start(cycles, {}, 3);
    const gate = await releases.gate(id, 'pause', 'batch 2/3');
    expect(gate.description).toContain('as its strategy says');
    expect(gate).not.toHaveProperty('until');
    await command(id, 'advance');
    await releases.gate(id, 'pause', 'batch 3/3');
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.stage.runtime.peak.get(releases.app)).toBe(4);
  });

  test('intervalSeconds counts from the beginning of a cycle to the next', async () => {
    const cycles: Strategy = { type: 'rolling', maxSurge: 1, maxUnavailable: 0, intervalSeconds: 1 };
    const begun = Date.now();
    const id = await releases.start(cycles, {}, 3);
    const gate = await releases.gate(id, 'pause', 'batch 2/3');
    expect(gate.then).toBe('it goes on by itself');
    expect(Date.parse(gate.until ?? '') - Date.parse(gate.since)).toBeLessThanOrEqual(1_000);
    expect(await releases.end(id)).toBe('succeeded');
    expect(Date.now() - begun).toBeGreaterThanOrEqual(2_000);
  });

  test('a pause by a person outlasts the timer of a step', async () => {
    const canary: Strategy = { type: 'canary', steps: [{ instances: 1, pauseSeconds: 0.5 }] };
    const id = await releases.start(canary, {}, 4);
    await releases.gate(id, 'pause', 'strategy');
    await command(id, 'pause');
    await releases.gate(id, 'pause', 'paused before');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await releases.stage.handle(id).query('status')).toMatchObject({ state: 'paused' });
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('canary steps wait for a person or a time, blue/green before the old ones go', async () => {
    const canary: Strategy = {
      type: 'canary',
      steps: [
        { instances: 1, manual: true },
        { percent: 50, pauseSeconds: 0.2 },
      ],
    };
    const id = await releases.start(canary, {}, 4);
    await releases.gate(id, 'pause', 'batch 2/3');
    expect(releases.countOfNew()).toBe(1);
    await command(id, 'advance');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('blue/green: all new ones beside the old, which stay until somebody agrees', async () => {
    const id = await releases.start({ type: 'blueGreen', manual: true }, {}, 4);
    await releases.gate(id, 'pause', 'batch 2/2');
    expect(releases.stage.runtime.versions(releases.app)).toHaveLength(8);
    await command(id, 'cancel', { by: 'ben' });
    expect(await releases.end(id)).toBe('cancelled');
    expect(releases.countOfNew()).toBe(0);
  });

  test('blue/green keeps the old ones for keepOldSeconds, and no longer than somebody says', async () => {
    const id = await releases.start({ type: 'blueGreen', keepOldSeconds: 3_600 }, {}, 2);
    const gate = await releases.gate(id, 'pause');
    expect(Date.parse(gate.until ?? '') - Date.parse(gate.since)).toBeGreaterThan(3_500_000);
    await command(id, 'advance');
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.countOfNew()).toBe(2);
  });

  test('a fast rollback knows no batches, stops or pauses', async () => {
    const cycles: Strategy = { type: 'rolling', maxSurge: 1, maxUnavailable: 0, manual: true };
    const id = await releases.start(cycles, { fast: true, pauseMode: 'each' }, 3);
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.stage.transitions.filter(({ gate }) => gate)).toEqual([]);
    expect(releases.stage.runtime.fewestReady.get(releases.app)).toBe(3);
    expect(releases.stage.runtime.peak.get(releases.app)).toBe(4);
  });
});

describe('an edit of what has not run yet', () => {
  test('batches that have run stay, the others follow the new strategy', async () => {
    const id = await releases.start(IN_FOUR, { pauseMode: 'each' }, 8);
    await releases.gate(id, 'pause', 'batch 2/4');
    await command(id, 'edit', {
      options: { strategy: { type: 'batches', batches: [1, 4, 'rest'] }, pauseMode: 'none' },
    });
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
    const sizes = releases.stage.progress.flatMap(({ batch, batches, new: news }) =>
      batch === 2 ? [[batches, news?.wanted]] : [],
    );
    expect(sizes.at(-1)).toEqual([3, 5]);
    expect(releases.stage.transitions.some(({ options }) => options && 'strategy' in options)).toBe(true);
  });

  test.each([
    ['what is not there to edit', { lock: 'queue' }, 'lock cannot be changed'],
    ['the approval', { approval: { required: 0, from: [] } }, 'approval cannot be changed'],
    ['another plan', { strategy: { type: 'recreate' } }, 'start a new release'],
    ['nothing', {}, 'is right'],
  ] as const)('is refused for %s', async (_name, options, message) => {
    const id = await releases.start(WORKED_CASE, { pauseMode: 'first' });
    await releases.gate(id, 'pause');
    await expect(command(id, 'edit', { options })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(message),
    });
    await command(id, 'close');
    await releases.end(id);
  });
});
