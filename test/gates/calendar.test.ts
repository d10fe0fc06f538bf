import { describe, expect, test } from 'vitest';
import { verdictAt } from '../../src/gates/calendar.js';
import { checkWindow, nextOpening, openingAt } from '../../src/gates/recurrence.js';
import type { Calendar, Freeze, ReleaseWindow } from '../../src/gates/types.js';

const at = (text: string) => Date.parse(text);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
const WORKDAYS: ReleaseWindow = {
  name: 'workdays',
  rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=9;BYMINUTE=0',
  durationSeconds: 8 * 3600,
  timeZone: 'Europe/Berlin',
};
const FREEZE: Freeze = {
  name: 'sale',
  from: '2026-06-01T00:00:00.000Z',
  until: '2026-06-03T12:00:00.000Z',
  reason: 'the sale',
};
const view = (fields: object = {}) => ({ apps: ['/shop/web'], except: [], ...fields });
const calendar = (fields: Partial<Calendar> = {}): Calendar => ({ freezes: [], windows: [], ...fields });

describe('occurrences of a window', () => {
  test.each([
    ['the first second', '2026-06-01T07:00:00Z', true],
    ['the last second', '2026-06-01T14:59:59Z', true],
    ['the end is not included', '2026-06-01T15:00:00Z', false],
    ['a day without it', '2026-06-05T08:00:00Z', false],
  ])('%s', (_name, moment, open) => {
    expect(openingAt(WORKDAYS, at(moment)) !== undefined).toBe(open);
  });

  test.each([
    ['summer', '2026-06-04T16:00:00Z', '2026-06-08T07:00:00.000Z'],
    ['winter', '2026-01-08T17:00:00Z', '2026-01-12T08:00:00.000Z'],
    ['over the change of the clock', '2026-03-26T16:30:00Z', '2026-03-30T07:00:00.000Z'],
  ])('the wall clock of its zone counts: %s', (_name, moment, next) => {
    expect(iso(nextOpening(WORKDAYS, at(moment))?.from)).toBe(next);
  });

  test('its beginning may be stated', () => {
    const rrule = 'DTSTART;TZID=Europe/Berlin:20260102T220000\nRRULE:FREQ=DAILY;INTERVAL=2';
    const window = { ...WORKDAYS, rrule, durationSeconds: 3600 };
    checkWindow(window, at('2026-01-01T00:00:00Z'));
    expect(iso(nextOpening(window, at('2026-01-02T23:00:00Z'))?.from)).toBe('2026-01-04T21:00:00.000Z');
  });

  test.each([
    ['no rule', { rrule: 'at nine' }, '/rrule'],
    ['every minute', { rrule: 'FREQ=MINUTELY' }, '/rrule'],
    ['an hour that no day has', { rrule: 'FREQ=DAILY;BYHOUR=25' }, '/rrule'],
    ['every second day of what', { rrule: 'FREQ=DAILY;INTERVAL=2' }, '/rrule'],
    ['no zone', { timeZone: 'Berlin' }, '/timeZone'],
  ])('is refused: %s', (_name, fields, path) => {
    try {
      checkWindow({ ...WORKDAYS, ...fields }, at('2026-01-01T00:00:00Z'));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid', extra: { details: [{ path }] } });
    }
  });
});

describe('whether a release may run', () => {
  test('with nothing in the calendar it may', () => {
    expect(verdictAt(calendar(), view(), at('2026-06-01T10:00:00Z'))).toEqual({ open: true });
  });

  test.each([
    ['before it', {}, '2026-05-31T23:59:59Z', true],
    ['in it', {}, '2026-06-01T00:00:00Z', false],
    ['after it', {}, '2026-06-03T12:00:00Z', true],
    ['of a group above', { apps: ['/shop'] }, '2026-06-02T00:00:00Z', false],
    ['of a group with a similar name', { apps: ['/sho'] }, '2026-06-02T00:00:00Z', true],
    ['of another app', { apps: ['/shop/db'] }, '2026-06-02T00:00:00Z', true],
  ])('a freeze, %s', (_name, scope, moment, open) => {
    const verdict = verdictAt(calendar({ freezes: [{ ...FREEZE, ...scope }] }), view(), at(moment));
    expect(verdict.open).toBe(open);
    if (!verdict.open) expect(verdict).toMatchObject({ by: ['freeze sale'], until: FREEZE.until });
  });

  test('the next opening takes freezes and windows together', () => {
    const both = calendar({ freezes: [FREEZE], windows: [WORKDAYS] });
    const verdict = verdictAt(both, view({ window: 'workdays' }), at('2026-05-31T10:00:00Z'));
    expect(verdict).toMatchObject({ by: ['window workdays'], until: '2026-06-03T12:00:00.000Z' });
  });

  test('a window binds the apps that it names, and others only where they name it', () => {
    const sunday = at('2026-06-07T10:00:00Z');
    const own = calendar({ windows: [{ ...WORKDAYS, apps: ['/shop'] }] });
    expect(verdictAt(own, view(), sunday).open).toBe(false);
    expect(verdictAt(own, view({ apps: ['/other'] }), sunday).open).toBe(true);
    expect(verdictAt(calendar({ windows: [WORKDAYS] }), view(), sunday).open).toBe(true);
  });

  test('of several windows of an app one is enough', () => {
    const sundays = { ...WORKDAYS, name: 'sundays', rrule: 'FREQ=WEEKLY;BYDAY=SU', durationSeconds: 86_400 };
    const windows = [WORKDAYS, sundays].map((window) => ({ ...window, apps: ['/shop'] }));
    expect(verdictAt(calendar({ windows }), view(), at('2026-06-07T10:00:00Z')).open).toBe(true);
  });

  test('what was forced is in the way no more, another freeze is', () => {
    const other = { ...FREEZE, name: 'audit' };
    const moment = at('2026-06-02T00:00:00Z');
    const except = ['freeze sale'];
    expect(verdictAt(calendar({ freezes: [FREEZE] }), view({ except }), moment).open).toBe(true);
    expect(verdictAt(calendar({ freezes: [FREEZE, other] }), view({ except }), moment)).toMatchObject({
      by: ['freeze audit'],
    });
  });

  test('a window that was removed, or has come to its end, holds without an end', () => {
    const moment = at('2026-06-02T00:00:00Z');
    expect(verdictAt(calendar(), view({ window: 'gone' }), moment)).toEqual({
      open: false,
      by: ['window gone'],
      description: 'the window gone does not exist any more',
    });
    const past = { ...WORKDAYS, rrule: 'FREQ=DAILY;UNTIL=20260101T000000Z' };
    const verdict = verdictAt(calendar({ windows: [past] }), view({ window: 'workdays' }), moment);
    expect(verdict).toMatchObject({ open: false });
    expect(verdict).not.toHaveProperty('until');
  });
});
