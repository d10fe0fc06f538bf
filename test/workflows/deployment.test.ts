import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import type { Step } from '../../src/model/deployment.js';
import { appOf, V1, V2 } from '../helpers/apps.js';
import { Stage } from '../helpers/stage.js';
import { until } from '../helpers/until.js';

const WORKED_CASE = { type: 'marathon', minimumHealthCapacity: 0.6 } as const;
let stage: Stage;
let app: string;
let count = 0;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  app = `/app-${count++}`;
  stage.runtime.judge(() => true);
  stage.runtime.refuse = () => undefined;
  stage.runtime.resolveError = undefined;
  for (const list of [stage.started, stage.progress, stage.transitions, stage.rollbacks, stage.ends])
    list.length = 0;
});

/** An app of 10 at version 1 that goes to version 2 as in the worked case: 6 + 6, then the rest. */
function upgrade(): Step[] {
  stage.work.set(app, {
    original: appOf(app, V1, { instances: 10 }),
    target: appOf(app, V2, { instances: 10 }),
    options: {},
  });
  stage.runtime.seed(app, V1, 10);
  const rollout = { instances: 10, from: 10, strategy: WORKED_CASE };
  return [{ actions: [{ action: 'RestartApplication', app, rollout }] }];
}

function create(instances = 2): Step[] {
  stage.work.set(app, { target: appOf(app, V1, { instances }), options: {} });
  const rollout = { instances, from: 0, strategy: WORKED_CASE };
  return [
    { actions: [{ action: 'StartApplication', app }] },
    { actions: [{ action: 'ScaleApplication', app, rollout }] },
  ];
}

const gateOf = (kind: string) =>
  until(() => stage.transitions.find((t) => t.gate?.kind === kind), { what: `gate ${kind}` });
const ended = () => until(() => stage.ends[0], { what: 'the end' });
const running = () => until(() => stage.runtime.declarations.has(app), { what: 'the first declaration' });

describe('the way through', () => {
  test('a new app: steps in order, wanted instances, one end', async () => {
    const id = await stage.deploy(create(3));
    expect(await stage.handle(id).result()).toBe('succeeded');
    expect(stage.runtime.versions(app)).toEqual([V1, V1, V1]);
    expect(stage.started).toEqual([1, 2]);
    expect(stage.ends).toMatchObject([{ outcome: 'succeeded', description: 'reached the wanted state' }]);
  });

  test('an upgrade peaks at 12 and never has fewer than 6 ready', async () => {
    const id = await stage.deploy(upgrade());
    await stage.handle(id).result();
    expect(stage.runtime.versions(app)).toEqual(Array(10).fill(V2));
    expect(stage.runtime.peak.get(app)).toBe(12);
    expect(stage.runtime.fewestReady.get(app)).toBe(6);
    expect(stage.progress.at(-1)).toMatchObject({ state: 'done', batch: 2, batches: 2 });
  });

  test('an app that is removed ends all instances', async () => {
    stage.work.set(app, { original: appOf(app, V1), options: {} });
    stage.runtime.seed(app, V1, 2);
    const id = await stage.deploy([{ actions: [{ action: 'StopApplication', app }] }]);
    await stage.handle(id).result();
    expect(stage.runtime.versions(app)).toEqual([]);
    expect(stage.runtime.declarations.get(app)?.removed).toBe(true);
  });

  test('a new version that never gets ready: old instances stay, it waits and says for what', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await until(() => stage.progress.some((p) => p.description.startsWith('0/6 ready')));
    expect(stage.runtime.versions(app).filter((version) => version === V1)).toHaveLength(6);
    const described = await until(async () => {
      const { raw } = await stage.handle(id).describe();
      return raw.pendingActivities?.find((activity) => activity.heartbeatDetails);
    });
    expect(Buffer.from(described.heartbeatDetails?.payloads?.[0]?.data ?? []).toString()).toContain(
      '0/6 ready',
    );
    stage.runtime.judge(() => true);
    expect(await stage.handle(id).result()).toBe('succeeded');
  });
});

describe('queries', () => {
  test('currentStep and status tell step, batch and gate', async () => {
    const id = await stage.deploy(upgrade(), { pauseMode: 'first' });
    await gateOf('pause');
    const step = await stage.handle(id).query('currentStep');
    expect(step).toMatchObject({ currentStep: 1, totalSteps: 1, batch: 1, gate: { kind: 'pause' } });
    expect(await stage.handle(id).query('status')).toMatchObject({
      id,
      state: 'paused',
      by: 'ana',
      pauseMode: 'first',
    });
    await stage.workflows.command(id, 'resume', {});
    await stage.handle(id).result();
  });

  test('search attributes and the summary are there for people in the UI', async () => {
    const id = await stage.deploy(create());
    await stage.handle(id).result();
    const described = await stage.handle(id).describe();
    expect(described.searchAttributes).toMatchObject({
      SlipwayApp: [app],
      SlipwayStep: ['2/2 ScaleApplication'],
    });
    expect(await described.staticSummary()).toContain(`ScaleApplication ${app} (by ana: test)`);
  });
});

describe('commands', () => {
  test('a signal pauses at the next batch, another resumes', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await running();
    await stage.handle(id).signal('pause', { by: 'bot', reason: 'wait' });
    stage.runtime.judge(() => true);
    const { gate } = await gateOf('pause');
    expect(gate?.description).toContain('batch 2/2');
    expect(stage.runtime.versions(app)).toHaveLength(12);
    await stage.handle(id).signal('resume', { by: 'bot' });
    expect(await stage.handle(id).result()).toBe('succeeded');
    const decided = stage.transitions.flatMap((t) => t.decided ?? []);
    expect(decided).toMatchObject([
      { command: 'pause', by: 'bot', channel: 'signal', reason: 'wait' },
      { command: 'resume', by: 'bot' },
    ]);
  });

  test('an update is refused where it does not apply, and a stale one says what is true', async () => {
    const id = await stage.deploy(upgrade(), { pauseMode: 'first' });
    await gateOf('pause');
    const pause = stage.workflows.command(id, 'pause', {});
    await expect(pause).rejects.toMatchObject({ code: 'not_applicable', status: 409 });
    const stale = stage.workflows.command(id, 'resume', { expect: { batch: 2 } });
    await expect(stale).rejects.toMatchObject({
      code: 'stale',
      message: expect.stringContaining('it is at batch 1'),
    });
    await stage.workflows.command(id, 'resume', { expect: { step: 1, batch: 1 } });
    await stage.handle(id).result();
  });

  test('a repeated request id does nothing again', async () => {
    const id = await stage.deploy(upgrade(), { pauseMode: 'first' });
    await gateOf('pause');
    await stage.workflows.command(id, 'setPauseMode', { mode: 'none', requestId: 'r1' });
    await stage.workflows.command(id, 'setPauseMode', { mode: 'each', requestId: 'r1' });
    expect(await stage.handle(id).query('status')).toMatchObject({ pauseMode: 'none' });
    await stage.workflows.command(id, 'resume', {});
    await stage.handle(id).result();
  });

  test('cancel restores the old version and ends as cancelled', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await running();
    await stage.workflows.command(id, 'cancel', { by: 'ana', reason: 'wrong' });
    expect(await stage.handle(id).result()).toBe('cancelled');
    expect(stage.runtime.versions(app)).toEqual(Array(10).fill(V1));
    expect(stage.ends).toMatchObject([{ outcome: 'cancelled', description: 'cancelled by ana: wrong' }]);
  });

  test('the button of the Temporal UI cancels the same way; a first release removes the app', async () => {
    stage.runtime.judge(() => false);
    const id = await stage.deploy(create());
    await until(() => stage.runtime.versions(app).length === 2);
    await stage.handle(id).cancel();
    expect(await ended()).toMatchObject({ outcome: 'cancelled' });
    expect(stage.runtime.versions(app)).toEqual([]);
  });

  test('close ends as failed and leaves things as they are', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await until(() => stage.runtime.versions(app).length === 12);
    await stage.workflows.command(id, 'close', { by: 'ana' });
    await expect(stage.handle(id).result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(await ended()).toMatchObject({ outcome: 'failed', description: 'closed by ana' });
    expect(stage.runtime.versions(app)).toHaveLength(12);
  });

  test('force takes a batch as good, and never breaks the bounds', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await until(() => stage.runtime.versions(app).length === 12);
    await stage.workflows.command(id, 'force', { by: 'ana', reason: 'known' });
    await until(() => stage.progress.some((p) => p.batch === 2));
    expect(stage.runtime.fewestReady.get(app)).toBeGreaterThanOrEqual(6);
    await stage.workflows.command(id, 'close', {});
    await ended();
  });

  test('superseding ends it only after its activity has ended', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await until(() => stage.runtime.versions(app).length === 12);
    await stage.workflows.supersede(id, 'newer');
    expect(await stage.handle(id).result()).toBe('superseded');
    expect(stage.ends).toMatchObject([
      { outcome: 'superseded', description: 'superseded by deployment newer' },
    ]);
    await expect(stage.workflows.command(id, 'pause', {})).rejects.toMatchObject({ status: 409 });
  });

  test('a restore that cannot end does not hold a newer deployment up', async () => {
    stage.runtime.judge(() => false);
    const id = await stage.deploy(upgrade());
    await running();
    await stage.workflows.command(id, 'cancel', {});
    await stage.workflows.supersede(id, 'newer');
    expect(await ended()).toMatchObject({ outcome: 'superseded' });
  });

  test('the rollback signal asks for a deployment that reverts this one', async () => {
    const id = await stage.deploy(upgrade(), { pauseMode: 'first' });
    await gateOf('pause');
    await stage.handle(id).signal('rollback', { by: 'bot' });
    await until(() => stage.rollbacks.includes(id));
    await stage.workflows.command(id, 'close', {});
  });
});

describe('failures', () => {
  test('artifacts that cannot be had hold it; retry goes on', async () => {
    stage.runtime.resolveError = new TerminalError('not_found', 'http://x/a.zip answered 404');
    const id = await stage.deploy([{ actions: [{ action: 'ResolveArtifacts', app }] }, ...create()]);
    const { gate } = await gateOf('failure');
    expect(gate?.description).toContain('http://x/a.zip answered 404');
    expect(await stage.handle(id).query('status')).toMatchObject({ state: 'held' });
    stage.runtime.resolveError = undefined;
    await stage.workflows.command(id, 'retry', {});
    expect(await stage.handle(id).result()).toBe('succeeded');
  });

  test('a worker that is stopped mid-batch is followed by another that goes on', async () => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade());
    await until(() => stage.runtime.versions(app).length === 12);
    await stage.stopWorkers();
    await stage.startWorkers();
    stage.runtime.judge(() => true);
    expect(await stage.handle(id).result()).toBe('succeeded');
    expect(stage.runtime.peak.get(app)).toBe(12);
  });

  test('a declaration that is fenced off is not tried again', async () => {
    stage.runtime.refuse = () => new TerminalError('stale', 'holds the lock no more');
    const id = await stage.deploy(create());
    await gateOf('failure');
    await stage.workflows.supersede(id, 'newer');
    expect(await ended()).toMatchObject({ outcome: 'superseded' });
  });
});
