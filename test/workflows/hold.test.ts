import { describe, expect, test } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import { V1, V2 } from '../helpers/apps.js';
import { Releases, WORKED_CASE } from '../helpers/release-stage.js';
import { until } from '../helpers/until.js';

const releases = new Releases('hold');
/** The second batch of one app, so that a hold in the midst is told from one at the beginning. */
const SLOW = { progressDeadlineSeconds: 0.3 };

describe('a batch that does not get ready in time', () => {
  test('holds, says what it waits for, and goes on by itself when it gets ready after all', async () => {
    releases.broken();
    const id = await releases.start(WORKED_CASE, SLOW);
    const gate = await releases.gate(id, 'failure');
    expect(gate.description).toContain(
      `batch 1/2 of ${releases.app} failed: no progress for 0.3 s: 0/6 ready`,
    );
    expect(gate.until).toBeUndefined();
    expect(await releases.stage.handle(id).query('status')).toMatchObject({ state: 'held' });
    releases.mended();
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.decided('hold')).toHaveLength(1);
    expect(releases.decided('recover')[0]).toContain('good after all');
    expect(releases.stage.runtime.fewestReady.get(releases.app)).toBe(6);
  });

  test('progress puts the deadline off', async () => {
    releases.broken();
    const id = await releases.start(
      { type: 'rolling', maxSurge: 1, maxUnavailable: 0 },
      { progressDeadlineSeconds: 1.5 },
      3,
    );
    const begun = Date.now();
    await releases.news(1);
    await new Promise((resolve) => setTimeout(resolve, 700));
    releases.mended();
    await until(() => releases.stage.progress.some(({ batch }) => batch === 2), { what: 'the second batch' });
    releases.broken();
    await releases.gate(id, 'failure');
    expect(Date.now() - begun).toBeGreaterThan(1_900);
    await releases.stage.workflows.command(id, 'close', {});
    await releases.end(id);
  });

  test('the deadline stands still at a pause', async () => {
    const id = await releases.start(WORKED_CASE, { ...SLOW, pauseMode: 'first' });
    await releases.gate(id, 'pause');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await releases.stage.workflows.command(id, 'resume', {});
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.decided('hold')).toEqual([]);
  });

  test('retry replaces only what failed and starts the deadline anew', async () => {
    releases.stage.runtime.judge((_app, version) => version === V1);
    const id = await releases.start(WORKED_CASE, SLOW);
    await releases.gate(id, 'failure');
    const before = (await releases.stage.runtime.observe(releases.app)).instances;
    const unready = before.filter(({ version }) => version === V2).map((instance) => instance.id);
    await releases.stage.workflows.command(id, 'retry', { by: 'ben' });
    await until(() => releases.decided('hold').length === 2, { what: 'the second hold' });
    expect(releases.stage.runtime.kills.sort()).toEqual(unready.sort());
    expect(releases.stage.runtime.resets).toEqual([releases.app]);
    releases.mended();
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.stage.runtime.fewestReady.get(releases.app)).toBe(6);
  });

  test('retry where nothing failed changes nothing and says so', async () => {
    const id = await releases.start(WORKED_CASE, { pauseMode: 'first' });
    await releases.gate(id, 'pause');
    await releases.stage.workflows.command(id, 'retry', { by: 'ben' });
    await until(() => releases.decided('retry').length === 1);
    expect(releases.decided('retry')[0]).toBe('ben: nothing had failed; nothing changed');
    await releases.stage.workflows.command(id, 'resume', {});
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.stage.runtime.kills).toEqual([]);
  });

  test('force takes the held batch as good', async () => {
    releases.broken();
    const id = await releases.start({ type: 'batches', batches: [2, 'rest'] }, SLOW);
    await releases.gate(id, 'failure', 'batch 1/2');
    await releases.stage.workflows.command(id, 'force', { by: 'ben', reason: 'known' });
    await until(() => releases.stage.progress.some(({ batch }) => batch === 2));
    await releases.stage.workflows.command(id, 'close', {});
    expect(await releases.end(id)).toBe('failed');
  });

  test('a worker that dies while it is held changes nothing: the next one goes on observing', async () => {
    releases.broken();
    const id = await releases.start(WORKED_CASE, SLOW);
    await releases.gate(id, 'failure');
    await releases.stage.stopWorkers();
    releases.mended();
    await releases.stage.startWorkers();
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.decided('hold')).toHaveLength(1);
  });
});

describe('instances that end before they are ready', () => {
  test('hold the batch at once, long before the deadline, and name the one and how', async () => {
    releases.broken();
    const id = await releases.start(WORKED_CASE);
    await releases.news(6);
    releases.stage.runtime.fail(releases.app, V2);
    const gate = await releases.gate(id, 'failure');
    expect(gate.description).toMatch(
      /ended before it was ready \(exited with status 1\); 1 failed, 0 more may/,
    );
    releases.mended();
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('are no failure once they had been ready', async () => {
    const id = await releases.start(
      { type: 'rolling', maxSurge: 1, maxUnavailable: 0 },
      { pauseMode: 'first' },
      3,
    );
    await releases.gate(id, 'pause');
    releases.stage.runtime.fail(releases.app, V2);
    await releases.stage.workflows.command(id, 'resume', {});
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.decided('hold')).toEqual([]);
  });

  test('up to the budget of the whole release it goes on', async () => {
    releases.broken();
    const id = await releases.start({ type: 'batches', batches: 2 }, { failureBudget: 2 });
    await releases.news(5);
    releases.stage.runtime.fail(releases.app, V2, 2);
    releases.mended();
    await until(() => releases.stage.progress.some(({ batch }) => batch === 2) || undefined);
    expect(releases.decided('hold')).toEqual([]);
    await releases.end(id);
  });

  test('one more than the budget, in a later batch, holds', async () => {
    releases.broken();
    const id = await releases.start(
      { type: 'batches', batches: 2 },
      { failureBudget: 2, pauseMode: 'first' },
    );
    await releases.news(5);
    releases.stage.runtime.fail(releases.app, V2, 2);
    releases.mended();
    await releases.gate(id, 'pause');
    releases.stage.runtime.judge((_app, version, index) => version === V1 || index < 5);
    await releases.stage.workflows.command(id, 'resume', {});
    await releases.news(10);
    releases.stage.runtime.fail(releases.app, V2, 1);
    await releases.gate(id, 'failure', 'batch 2/2');
    await releases.stage.workflows.command(id, 'close', {});
    await releases.end(id);
  });

  test('with a budget a batch goes on without those that are not ready at the deadline', async () => {
    releases.broken();
    const id = await releases.start(
      { type: 'batches', batches: [1, 'rest'] },
      { ...SLOW, failureBudget: 1, pauseMode: 'first' },
    );
    await releases.gate(id, 'pause');
    expect(releases.decided('hold')).toEqual([]);
    await releases.stage.workflows.command(id, 'close', {});
    await releases.end(id);
  });
});

describe('the declared end of a hold', () => {
  test.each([
    ['rollback', 'it is rolled back', 1],
    ['fail', 'ends as failed', 0],
  ] as const)('%s happens at once where no holdSeconds are stated', async (onFailure, _then, rollbacks) => {
    releases.broken();
    const id = await releases.start(WORKED_CASE, { ...SLOW, onFailure });
    expect(await releases.end(id)).toBe('failed');
    expect(releases.stage.ends[0]).toMatchObject({ restore: false });
    expect(releases.stage.ends[0]?.description).toContain('batch 1/2');
    expect(releases.stage.rollbacks).toHaveLength(rollbacks);
    expect(releases.decided(onFailure)[0]).toContain('slipway: as declared');
  });

  test('after holdSeconds, which the gate tells', async () => {
    releases.broken();
    const id = await releases.start(WORKED_CASE, { ...SLOW, onFailure: 'rollback', holdSeconds: 1.5 });
    const gate = await releases.gate(id, 'failure');
    expect(gate.then).toBe('it is rolled back');
    expect(Date.parse(gate.until ?? '') - Date.parse(gate.since)).toBe(1_500);
    expect(releases.stage.rollbacks).toEqual([]);
    expect(await releases.end(id)).toBe('failed');
    expect(releases.stage.rollbacks).toEqual([id]);
    expect(releases.stage.ends[0]?.description).toContain('it is rolled back');
  });

  test('a batch that recovers in time is not rolled back', async () => {
    releases.broken();
    const id = await releases.start(WORKED_CASE, { ...SLOW, onFailure: 'rollback', holdSeconds: 30 });
    await releases.gate(id, 'failure');
    releases.mended();
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.stage.rollbacks).toEqual([]);
  });

  test('an edit while it is held changes what will happen', async () => {
    releases.broken();
    const id = await releases.start(WORKED_CASE, SLOW);
    await releases.gate(id, 'failure');
    await releases.stage.workflows.command(id, 'edit', { options: { onFailure: 'fail' } });
    expect(await releases.end(id)).toBe('failed');
  });

  test('a rollback that is refused leaves it failed and says why', async () => {
    releases.broken();
    releases.stage.rollbackError = new TerminalError('invalid', 'a port is taken');
    const id = await releases.start(WORKED_CASE, { ...SLOW, onFailure: 'rollback' });
    expect(await releases.end(id)).toBe('failed');
    expect(releases.stage.ends[0]?.description).toContain('could not be rolled back: a port is taken');
  });

  test("an app's own declaration holds, and the deployment's goes before it", async () => {
    releases.broken();
    const steps = releases.upgrade();
    for (const action of steps[0]?.actions ?? []) action.release = { ...SLOW, onFailure: 'fail' };
    const first = await releases.stage.deploy(steps);
    expect(await releases.end(first)).toBe('failed');
    const second = await releases.stage.deploy(steps, { onFailure: 'hold' });
    await releases.gate(second, 'failure');
    await releases.stage.workflows.command(second, 'close', {});
    await releases.end(second);
  });

  test('a rollback command that is refused is kept in the ledger and holds nothing up', async () => {
    releases.stage.rollbackError = new TerminalError('invalid', 'a port is taken');
    const id = await releases.start(WORKED_CASE, { pauseMode: 'first' });
    await releases.gate(id, 'pause');
    await releases.stage.handle(id).signal('rollback', { by: 'bot' });
    await until(() => releases.decided('rollback').some((text) => text.includes('refused: a port is taken')));
    await releases.stage.workflows.command(id, 'resume', {});
    expect(await releases.end(id)).toBe('succeeded');
  });
});
