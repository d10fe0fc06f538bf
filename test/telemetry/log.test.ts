import { expect, it } from 'vitest';
import { errorFields } from '../../src/service/log.js';

it('of an error only type, message, stack and code are written, of its causes, too', () => {
  const cause = Object.assign(new Error('no such table'), { detail: 'Failing row contains (hunter2)' });
  const error = Object.assign(new TypeError('cannot store', { cause }), { code: 'E42', params: ['hunter2'] });
  const fields = errorFields(error);
  expect(fields).toEqual({
    type: 'TypeError',
    message: 'cannot store: no such table',
    code: 'E42',
    stack: expect.stringContaining('caused by: Error: no such table'),
  });
  expect(JSON.stringify(fields)).not.toContain('hunter2');
  expect(errorFields('a word')).toBe('a word');
});
