import { TerminalError } from '../../errors.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';

/** A boolean of the query in any case (`force=True` is what Marathon's Python client sends). A bare `?force` is true. */
export function flag(query: URLSearchParams, name: string, otherwise = false): boolean {
  const value = query.get(name);
  if (value === null) return otherwise;
  switch (value.toLowerCase()) {
    case '':
    case 'true':
      return true;
    case 'false':
      return false;
    default:
      throw new TerminalError('bad_request', `The query says ${name}=${value}; true or false is right.`);
  }
}

/** A whole number of the query within bounds. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  range: { min: number; max: number },
): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= range.min && number <= range.max) return number;
  throw new TerminalError(
    'bad_request',
    `The query says ${name}=${value}; a whole number from ${range.min} to ${range.max} is right.`,
  );
}

/** One of a closed set of words. */
export function oneOf<T extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  throw new TerminalError(
    'bad_request',
    `The query says ${name}=${value}; one of ${allowed.join(', ')} is right.`,
  );
}

/** A time of the query, normalised to UTC with milliseconds. */
export function time(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name);
  return value === null ? undefined : parseTimestamp(value);
}
