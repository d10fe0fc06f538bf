import { TerminalError } from '../../errors.js';
import { wholeNumber } from '../http/query.js';

/** Rows of a page where nothing is asked for, and at most. */
const MAX_LIMIT = 1000;

/** `limit` and `before` of a list; `before` is the `next` of the page before. */
export function pageOf(query: URLSearchParams): { limit?: number; before?: string } {
  const limit = wholeNumber(query, 'limit', { min: 1, max: MAX_LIMIT });
  const before = query.get('before');
  if (before !== null && !/^\d{1,15}$/.test(before)) {
    throw new TerminalError(
      'bad_request',
      `The query says before=${before}; the \`next\` of a page is right.`,
    );
  }
  return { ...(limit === undefined ? {} : { limit }), ...(before === null ? {} : { before }) };
}
