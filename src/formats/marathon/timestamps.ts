import { TerminalError } from '../../errors.js';
import type { Timestamp } from '../../model/app.js';

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The name of a version as a caller wrote it, in UTC with milliseconds. Throws 422 with Marathon's text. */
export function parseTimestamp(text: string): Timestamp {
  const time = ISO.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new TerminalError(
    'invalid',
    `Invalid timestamp provided '${text}'. Expecting ISO-8601 datetime string.`,
  );
}
