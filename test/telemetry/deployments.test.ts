import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandBeforeStart } from '../../src/admission/before-start.js';
import { conclude } from '../../src/admission/conclusion.js';
import { recordTransition, startStep } from '../../src/admission/progress.js';
import type { AppUpdate } from '../../src/model/change.js';
import { deploymentTelemetry } from '../../src/telemetry/deployments.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { showStored } from '../../src/telemetry/stored.js';
import { Desk } from '../admission/desk.js';
import { Exposition } from '../helpers/exposition.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';

const WEB = { id: '/web', cmd: 'sleep 1', env: { PASSWORD: 'hunter2' } };

describe('deployments of a process', () => {
  const metrics = new Metrics();
  const lines: { fields: Record<string, unknown>; message: string }[] = [];
  const log = { info: (fields: unknown, message?: string) => lines.push({ fields, message } as never) };
  const telemetry = deploymentTelemetry(metrics, log as never, ['default']);
  let opened: TestStore;
  beforeAll(async () => {
    opened = await openTestStore('PGlite', { ended: telemetry.ended });
  });
  afterAll(() => opened?.close());

  /** An environment whose admission is watched. */
  function stage() {
    lines.length = 0;
    const desk = new Desk(opened.store);
    const { environment } = desk;
    const admission = telemetry.admission(desk.admission);
    const admit = async (apps: AppUpdate[], force = false) => {
      const change = { kind: 'updateApps', apps, partial: true, create: true } as const;
      return (await admission.admit(desk.request({ change, force }))).deploymentId;
    };
    const read = async () => new Exposition(await metrics.text());
    const count = async (name: string, labels: object) =>
      (await read()).value(name, { environment, ...labels });
    return { desk, environment, admission, admit, read, count };
  }

  const told = (message: string) =>
    lines.filter((line) => line.message === message).map(({ fields }) => fields);

  it('are counted and written down when they are accepted, refused, and ended, each once', async () => {
    const { desk, environment, admit, count } = stage();
    const id = await admit([WEB]);
    await expect(admit([{ ...WEB, cmd: 'sleep 2' }])).rejects.toMatchObject({ code: 'locked' });
    await conclude(opened.store, { deployment: id, outcome: 'failed', description: 'closed' });
    await conclude(opened.store, { deployment: id, outcome: 'failed', description: 'closed' });
    expect(await count('slipway_deployments_accepted_total', { channel: 'api' })).toBe(1);
    expect(await count('slipway_deployments_refused_total', { code: 'locked' })).toBe(1);
    expect(await count('slipway_deployments_ended_total', { outcome: 'failed' })).toBe(1);
    expect(await count('slipway_deployment_seconds_count', { outcome: 'failed' })).toBe(1);
    const about = { deployment: id, environment, app: '/web' };
    expect(told('deployment accepted')).toEqual([
      { ...about, change: 'updateApps', steps: 2, by: 'ada', channel: 'api' },
    ]);
    expect(told('change refused')).toMatchObject([{ environment, code: 'locked', heldBy: [id] }]);
    expect(told('deployment ended')).toEqual([{ ...about, outcome: 'failed', seconds: expect.any(Number) }]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect((await desk.deployment(id)).state).toBe('failed');
  });

  it('end once whatever ended them: a command before the start, a newer one, nothing to do', async () => {
    const { admit, count, desk } = stage();
    const cancelled = await admit([WEB]);
    await commandBeforeStart(opened.store, cancelled, 'cancel', { by: 'eva' });
    const superseded = await admit([{ ...WEB, cmd: 'sleep 2' }]);
    const newer = await admit([{ ...WEB, cmd: 'sleep 3' }], true);
    await conclude(opened.store, { deployment: newer, outcome: 'succeeded', description: 'done' });
    const unchanged = await admit([{ ...WEB, cmd: 'sleep 3' }]);
    const ended = told('deployment ended').map(({ deployment, outcome }) => [deployment, outcome]);
    expect(ended).toEqual([
      [cancelled, 'cancelled'],
      [superseded, 'superseded'],
      [newer, 'succeeded'],
      [unchanged, 'succeeded'],
    ]);
    expect(await count('slipway_deployments_ended_total', {})).toBe(4);
    expect((await desk.deployment(unchanged)).state).toBe('succeeded');
  });

  it('a queued one that is forced ends what it waited for, if that had not begun', async () => {
    const { admit, desk, admission } = stage();
    const first = await admit([WEB]);
    const apps = [{ ...WEB, cmd: 'sleep 9' }];
    const change = { kind: 'updateApps' as const, apps, partial: true, create: true };
    const queued = await admission.admit(desk.request({ change, options: { lock: 'queue' } }));
    await commandBeforeStart(opened.store, queued.deploymentId, 'force', { by: 'eva' });
    expect(told('deployment ended')).toMatchObject([{ deployment: first, outcome: 'superseded' }]);
  });

  it('those that are live are shown by state and gate, with the age of the oldest, and what waits to be started', async () => {
    const shown = new Metrics();
    const { environment, admit } = stage();
    showStored(shown, opened.store, [environment, 'empty']);
    const count = async (name: string, labels: object = {}) =>
      new Exposition(await shown.text()).value(name, { environment, ...labels });
    const [held, paused] = [await admit([WEB]), await admit([{ id: '/b', cmd: 'x' }])];
    await admit([{ id: '/group/c', cmd: 'x' }]);
    const accepted = { state: 'accepted', gate: 'none' };
    expect(await count('slipway_deployments', accepted)).toBe(3);
    expect(await count('slipway_dispatch_pending')).toBe(3);
    expect(await count('slipway_apps')).toBe(3);
    expect(await count('slipway_groups')).toBe(1);
    expect(await count('slipway_apps', { environment: 'empty' })).toBe(0);

    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    for (const [id, kind, state, since] of [
      [held, 'failure', 'held', 7_200],
      [paused, 'pause', 'paused', 60],
    ] as const) {
      await startStep(opened.store, id, 1);
      const gate = { kind, since: ago(since), description: 'waits' };
      await recordTransition(opened.store, { deployment: id, gate, state });
    }
    expect(await count('slipway_deployments', accepted)).toBe(1);
    expect(await count('slipway_deployments', { state: 'held', gate: 'failure' })).toBe(1);
    expect(await count('slipway_deployments_active')).toBe(3);
    const age = await count('slipway_deployments_oldest_seconds', { state: 'held', gate: 'failure' });
    expect(age).toBeGreaterThanOrEqual(7_200);
    expect(age).toBeLessThan(7_400);
    expect(await count('slipway_deployments_oldest_seconds', { state: 'paused' })).toBeGreaterThanOrEqual(60);

    for (const deployment of [held, paused])
      await conclude(opened.store, { deployment, outcome: 'succeeded', description: 'done' });
    expect(await count('slipway_deployments', { state: 'held' })).toBeUndefined();
    expect(await count('slipway_deployments_active')).toBe(1);
  });
});
