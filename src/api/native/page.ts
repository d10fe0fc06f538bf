import { text, wholeNumber } from '../http/parameters.js';

/** Rows of a page at most. */
const MAX_LIMIT = 1000;

/** `limit` and `before` of a list; `before` is the `next` of the page before. */
export const pageParameters = {
  limit: wholeNumber('Rows of a page.', { min: 1, max: MAX_LIMIT }),
  before: text('The `next` of the page before.', {
    pattern: /^\d{1,15}$/,
    right: 'the `next` of a page',
  }),
};
