import { describe, expect, it } from 'vitest';
import { momentOf, pastOf, secondsOf } from '../../src/cli/times.js';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');

describe('durations and times of a command line', () => {
  it.each([
    ['90', 90],
    ['0.5', 0.5],
    ['90s', 90],
    ['10m', 600],
    ['1h30m', 5400],
    ['2d', 172_800],
  ])('%s is so many seconds: %d', (text, seconds) => {
    expect(secondsOf('--hold', text)).toBe(seconds);
  });

  it.each(['', '-1', 'soon', '10 m', 'm', '5w', '1h30', 'Infinity', '1e3'])('"%s" is no duration', (text) => {
    expect(() => secondsOf('--hold', text)).toThrow(
      expect.objectContaining({ exit: 2, message: expect.stringContaining(`--hold is "${text}"`) }),
    );
  });

  it.each([
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T09:30+02:00', '2026-01-31T07:30:00.000Z'],
    ['+2h', '2026-01-01T14:00:00.000Z'],
  ])('%s is ahead: %s', (text, at) => {
    expect(momentOf('--start-at', text, NOW)).toBe(at);
  });

  it('what is over may be so long ago', () => {
    expect(pastOf('--since', '2h', NOW)).toBe('2026-01-01T10:00:00.000Z');
    expect(pastOf('--since', '2026-01-01T00:00:00Z', NOW)).toBe('2026-01-01T00:00:00.000Z');
  });

  it.each(['2026-01-31T09:30:00', '2026-01-31', '2026-02-31T25:00:00Z', 'tomorrow', '2h', '+999999999999d'])(
    '"%s" is no time ahead: a time without its zone means two on two machines',
    (text) => {
      expect(() => momentOf('--start-at', text, NOW)).toThrow(expect.objectContaining({ exit: 2 }));
    },
  );

  it('"+2h" is not over', () => {
    expect(() => pastOf('--since', '+2h', NOW)).toThrow(expect.objectContaining({ exit: 2 }));
  });
});
