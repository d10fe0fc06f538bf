import { usageError } from './exit.js';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const PARTS = /^(\d+(\.\d+)?[smhd])+$/;
/** An instant needs its zone: the same text must not mean two times on two machines. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Seconds of `90`, `90s`, `10m`, `1h30m` or `2d`. Throws CliError (usage). */
export function secondsOf(option: string, text: string): number {
  const seconds = readSeconds(text);
  if (seconds !== undefined) return seconds;
  throw usageError(`${option} is "${text}"; it must be seconds, or a duration such as 90s, 10m or 1h30m.`);
}

/**
 * The time that a text names, in UTC: `2026-01-31T09:30:00Z`, or `+2h` from now on.
 * @param now milliseconds since 1970
 * @throws CliError (usage)
 */
export function momentOf(option: string, text: string, now: number): string {
  return instant(text) ?? fromNow(text, '+', now) ?? wrongMoment(option, text, '+2h from now');
}

/** The same of a time that is over: `2h` is two hours ago. Throws CliError (usage). */
export function pastOf(option: string, text: string, now: number): string {
  return instant(text) ?? fromNow(text, '', now) ?? wrongMoment(option, text, '2h ago, written as 2h');
}

function readSeconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!PARTS.test(text)) return undefined;
  const parts = text.match(/[\d.]+[smhd]/g) ?? [];
  return parts.reduce((sum, part) => sum + Number(part.slice(0, -1)) * (UNITS[part.slice(-1)] ?? 0), 0);
}

function instant(text: string): string | undefined {
  const at = INSTANT.test(text) ? new Date(text) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function fromNow(text: string, sign: '+' | '', now: number): string | undefined {
  const seconds = text.startsWith(sign) ? readSeconds(text.slice(sign.length)) : undefined;
  if (seconds === undefined) return undefined;
  const at = new Date(now + (sign === '+' ? seconds : -seconds) * 1000);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function wrongMoment(option: string, text: string, relative: string): never {
  throw usageError(`${option} is "${text}"; it must be a time such as 2026-01-31T09:30:00Z, or ${relative}.`);
}
