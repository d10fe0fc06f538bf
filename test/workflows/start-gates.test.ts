import { describe, expect, test } from 'vitest';
import type { CalendarAnswer } from '../../activities/types.js';
import { Releases, WORKED_CASE } from '../helpers/release-stage.js';
import { until } from '../helpers/until.js';

const releases = new Releases('start-gates');
const command = (id: string, name: Parameters<typeof releases.stage.workflows.command>[1], body = {}) =>
  releases.stage.workflows.command(id, name, body);
const TWO = { approval: { required: 2, from: ['ana', 'ben', 'eva', 'ops'] } };
const CLOSED: CalendarAnswer = { open: false, by: ['freeze sale'], description: 'the freeze sale is on' };

describe('approvals', () => {
  test('as many as are required let it begin; nothing is touched before', async () => {
    const id = await releases.start(WORKED_CASE, TWO);
    await releases.gate(id, 'approval', 'waits for 2 of 2 approvals');
    expect(await releases.stage.handle(id).query('status')).toMatchObject({
      state: 'waiting',
      currentStep: 0,
    });
    await command(id, 'approve', { by: 'ben' });
    await releases.gate(id, 'approval', 'given by ben');
    expect(releases.stage.runtime.declarations.has(releases.app)).toBe(false);
    await command(id, 'approve', { by: 'dan', roles: ['ops'] });
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.decided('approve')).toHaveLength(2);
  });

  test.each([
    ['the one who started it', 'ana', 'forbidden', 403],
    ['somebody else', 'zoe', 'forbidden', 403],
    ['the same person again', 'ben', 'not_applicable', 409],
  ])('are refused from %s', async (_name, by, code, status) => {
    const id = await releases.start(WORKED_CASE, TWO);
    await releases.gate(id, 'approval');
    await command(id, 'approve', { by: 'ben' });
    await expect(command(id, 'approve', { by })).rejects.toMatchObject({ code, status });
    await command(id, 'reject', { by: 'eva', reason: 'not today' });
    expect(await releases.end(id)).toBe('cancelled');
    expect(releases.stage.ends[0]).toMatchObject({
      description: 'rejected by eva: not today',
      restore: true,
    });
    expect(releases.stage.runtime.declarations.has(releases.app)).toBe(false);
  });

  test('where none is waited for they do not apply', async () => {
    const id = await releases.start(WORKED_CASE, { pauseMode: 'first' });
    await releases.gate(id, 'pause');
    await expect(command(id, 'approve', { by: 'ben' })).rejects.toMatchObject({ code: 'not_applicable' });
    await command(id, 'resume');
    await releases.end(id);
  });

  test('force opens them with a reason, and not without', async () => {
    const id = await releases.start(WORKED_CASE, TWO);
    await releases.gate(id, 'approval');
    await expect(command(id, 'force', { by: 'ana' })).rejects.toMatchObject({
      code: 'reason_required',
      status: 422,
    });
    await command(id, 'force', { by: 'ana', reason: 'outage' });
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('expired ones end it as failed, with the definitions as before', async () => {
    const id = await releases.start(WORKED_CASE, { approval: { ...TWO.approval, expiresSeconds: 0.5 } });
    expect((await releases.gate(id, 'approval')).then).toContain('ends as failed');
    expect(await releases.end(id)).toBe('failed');
    expect(releases.stage.ends[0]).toMatchObject({ restore: true });
    expect(releases.stage.runtime.declarations.has(releases.app)).toBe(false);
  });
});

describe('a start time', () => {
  const later = () => new Date(Date.now() + 3_600_000).toISOString();

  test('is waited for, may be changed, and holds nothing that has begun', async () => {
    const id = await releases.start(WORKED_CASE, { startAt: later(), pauseMode: 'first' });
    await releases.gate(id, 'startTime');
    await command(id, 'edit', { options: { startAt: new Date(Date.now() + 300).toISOString() } });
    await releases.gate(id, 'pause');
    await expect(command(id, 'edit', { options: { startAt: later() } })).rejects.toMatchObject({
      code: 'invalid',
    });
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('is opened by force without a reason', async () => {
    const id = await releases.start(WORKED_CASE, { startAt: later() });
    await releases.gate(id, 'startTime');
    await command(id, 'force');
    expect(await releases.end(id)).toBe('succeeded');
  });

  test('cancel before it begins touches nothing', async () => {
    const id = await releases.start(WORKED_CASE, { startAt: later() });
    await releases.gate(id, 'startTime');
    await command(id, 'cancel');
    expect(await releases.end(id)).toBe('cancelled');
    expect(releases.stage.runtime.declarations.has(releases.app)).toBe(false);
  });
});

describe('the calendar', () => {
  const withCalendar = (options = {}) =>
    releases.stage.deploy(releases.upgrade(), options, { calendar: true });

  test('a freeze that begins in the midst holds at the next batch; its end lets it go', async () => {
    const asked: string[] = [];
    releases.stage.calendar = ({ apps }) => {
      asked.push(...apps);
      return asked.length > 1 ? CLOSED : { open: true };
    };
    const id = await withCalendar();
    const gate = await releases.gate(id, 'window', 'batch 2/2');
    expect(gate.description).toContain('the freeze sale is on');
    expect(asked).toEqual([releases.app, releases.app]);
    releases.stage.calendar = () => ({ open: true });
    await releases.stage.workflows.calendarChanged([id]);
    expect(await releases.end(id)).toBe('succeeded');
    expect(releases.decided('wait')).toHaveLength(1);
    expect(releases.decided('open')).toHaveLength(1);
  });

  test('the next opening wakes it', async () => {
    const opens = Date.now() + 700;
    releases.stage.calendar = ({ at }) =>
      Date.parse(at) >= opens ? { open: true } : { ...CLOSED, until: new Date(opens).toISOString() };
    const id = await withCalendar({ window: 'nights' });
    await releases.gate(id, 'window', 'step 1/1');
    expect(await releases.end(id)).toBe('succeeded');
    expect(Date.now()).toBeGreaterThanOrEqual(opens);
  });

  test('force opens what is in the way now, with a reason, and nothing else', async () => {
    let on = ['freeze sale'];
    releases.stage.calendar = ({ except }) => {
      const by = on.filter((name) => !except.includes(name));
      return by.length > 0 ? { ...CLOSED, by } : { open: true };
    };
    const id = await withCalendar({ pauseMode: 'first' });
    await releases.gate(id, 'window');
    await expect(command(id, 'force')).rejects.toMatchObject({ code: 'reason_required' });
    await command(id, 'force', { reason: 'outage' });
    await releases.gate(id, 'pause');
    on = ['freeze sale', 'freeze audit'];
    await command(id, 'resume');
    await releases.gate(id, 'window', 'batch 2/2');
    await command(id, 'close');
    await releases.end(id);
  });

  test('one that begins after the start is told; without any nothing is asked', async () => {
    let asked = 0;
    releases.stage.calendar = () => {
      asked += 1;
      return { open: true };
    };
    const id = await releases.start(WORKED_CASE, { pauseMode: 'first' });
    await releases.gate(id, 'pause');
    expect(asked).toBe(0);
    await releases.stage.workflows.calendarChanged([id, 'one-that-is-not-there']);
    await command(id, 'resume');
    expect(await releases.end(id)).toBe('succeeded');
    expect(asked).toBe(1);
  });

  test('a rollback is never kept waiting', async () => {
    releases.stage.calendar = () => CLOSED;
    const id = await releases.stage.deploy(releases.upgrade(), {}, { calendar: true, rollback: true });
    expect(await releases.end(id)).toBe('succeeded');
  });
});

test('a gate and its sentence are in the details that a Temporal user reads', async () => {
  const id = await releases.start(WORKED_CASE, TWO);
  await releases.gate(id, 'approval');
  const details = await until(async () => {
    const metadata = await releases.stage
      .handle(id)
      .query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails;
  });
  expect(details).toMatch(/waits for 2 of 2 approvals by ana, ben, eva, ops \(since .*\); .* can open it/);
  await command(id, 'close');
  await releases.end(id);
});
