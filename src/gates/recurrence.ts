import { RRuleTemporal } from 'rrule-temporal';
import { TerminalError } from '../errors.js';
import type { ReleaseWindow } from './types.js';

/** One opening; milliseconds since 1970, the end not included. */
export interface Opening {
  from: number;
  until: number;
}

type Rule = Pick<ReleaseWindow, 'rrule' | 'timeZone' | 'durationSeconds'>;

/** The opening that holds at `at`, if any. */
export function openingAt(window: Rule, at: number): Opening | undefined {
  const opening = openingOf(window, ruleOf(window, at).previous(new Date(at), true));
  return opening && at < opening.until ? opening : undefined;
}

/** The first opening after `at`; none where the rule has come to its end. */
export function nextOpening(window: Rule, at: number): Opening | undefined {
  return openingOf(window, ruleOf(window, at).next(new Date(at), false));
}

function openingOf(
  { durationSeconds }: Rule,
  start: { epochMilliseconds: number } | null,
): Opening | undefined {
  if (start === null) return undefined;
  const from = start.epochMilliseconds;
  return { from, until: from + durationSeconds * 1000 };
}

/**
 * A rule without DTSTART begins at midnight of the year before: one that depends on its beginning (INTERVAL, COUNT) has
 * to state it. Throws TerminalError `invalid` where the rule or zone cannot be read.
 */
function ruleOf({ rrule, timeZone }: Rule, at: number): RRuleTemporal {
  try {
    if (/DTSTART/i.test(rrule))
      return new RRuleTemporal({ rruleString: rrule, tzid: timeZone, strict: true });
    const year = new Date(at).getUTCFullYear() - 1;
    const rruleString = `DTSTART;TZID=${timeZone}:${year}0101T000000\nRRULE:${bare(rrule)}`;
    return new RRuleTemporal({ rruleString, strict: true });
  } catch (error) {
    throw unreadable(rrule, error instanceof Error ? error.message : String(error));
  }
}

function bare(rrule: string): string {
  return rrule.trim().replace(/^RRULE:/i, '');
}

function unreadable(rrule: string, why: string): TerminalError {
  const errors = [
    `"${rrule}" is no rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=9;BYMINUTE=0: ${why}`,
  ];
  return new TerminalError('invalid', 'Object is not valid', { details: [{ path: '/rrule', errors }] });
}

/** What is wrong with a window's rule or zone; nothing where it opens as it says. Throws TerminalError `invalid`. */
export function checkWindow(window: Rule, at: number): void {
  checkZone(window.timeZone);
  const rule = bare(window.rrule);
  if (!/^(DTSTART[^\n]*\n(RRULE:)?)?FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY)\b/i.test(rule))
    throw unreadable(
      window.rrule,
      'FREQ must come first and be one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY',
    );
  if (!/DTSTART/i.test(rule) && /(INTERVAL=(?!1\b)|COUNT=)/i.test(rule))
    throw unreadable(
      window.rrule,
      'with INTERVAL or COUNT it depends on its beginning, which DTSTART has to state',
    );
  checkTimes(window.rrule);
  nextOpening(window, at);
}

/** Times of day out of range would be passed over in silence. */
function checkTimes(rrule: string): void {
  for (const [part, highest] of [
    ['BYHOUR', 23],
    ['BYMINUTE', 59],
    ['BYSECOND', 59],
  ] as const) {
    const stated = new RegExp(`${part}=([^;\\n]*)`, 'i').exec(rrule)?.[1]?.split(',') ?? [];
    const wrong = stated.find((text) => !/^\d{1,2}$/.test(text) || Number(text) > highest);
    if (wrong !== undefined) throw unreadable(rrule, `${part} is ${wrong}; 0 to ${highest} are right`);
  }
}

function checkZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    const errors = [`"${timeZone}" is no time zone; names such as Europe/Berlin are right`];
    throw new TerminalError('invalid', 'Object is not valid', { details: [{ path: '/timeZone', errors }] });
  }
}
