import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/checks/answer.js';
import { type Health, take, UNKNOWN } from '../../src/checks/health.js';
import { nextPause } from '../../src/checks/pace.js';
import { HTTP_CHECK } from '../runtimes/support.js';

const check = { ...HTTP_CHECK, gracePeriodSeconds: 10, intervalSeconds: 1, maxConsecutiveFailures: 2 };
const GOOD: Answer = { ok: true };
const BAD: Answer = { ok: false, cause: 'refused' };

/** Answers at seconds after the start. */
function answers(list: [second: number, answer: Answer][], changes: Partial<typeof check> = {}): Health {
  return list.reduce(
    (health, [second, answer]) =>
      take(health, answer, { ...check, ...changes }, { now: second * 1000, age: second * 1000 }),
    UNKNOWN,
  );
}

describe('health', () => {
  it('knows nothing while failures are forgiven, but why', () => {
    const health = answers([
      [1, BAD],
      [9, BAD],
    ]);
    expect(health).toMatchObject({ cause: 'refused', failed: false });
    expect(health.result).toBeUndefined();
  });

  it('counts failures after the grace period, and at once after the first success', () => {
    expect(answers([[10, BAD]]).result).toMatchObject({ alive: false, consecutiveFailures: 1 });
    const fell = answers([
      [1, GOOD],
      [2, BAD],
    ]);
    expect(fell.result).toMatchObject({ alive: false, lastFailureCause: 'refused', consecutiveFailures: 1 });
  });

  it('forgives for one interval at least, because a starting instance is asked faster', () => {
    expect(answers([[0.5, BAD]], { gracePeriodSeconds: 0 }).failed).toBe(false);
    expect(answers([[1, BAD]], { gracePeriodSeconds: 0 }).failed).toBe(true);
  });

  it('gives up on failure number maxConsecutiveFailures + 1, and never where it is 0', () => {
    const bad = (count: number): [number, Answer][] => Array.from({ length: count }, () => [20, BAD]);
    expect(answers(bad(2)).exceeded).toBe(false);
    expect(answers(bad(3)).exceeded).toBe(true);
    expect(answers([...bad(2), [21, GOOD], ...bad(2)]).exceeded).toBe(false);
    expect(answers(bad(30), { maxConsecutiveFailures: 0 }).exceeded).toBe(false);
  });

  it('remembers the first and the last success', () => {
    const { result } = answers([
      [1, GOOD],
      [2, BAD],
      [3, GOOD],
    ]);
    expect(result).toMatchObject({
      alive: true,
      consecutiveFailures: 0,
      firstSuccess: '1970-01-01T00:00:01.000Z',
      lastSuccess: '1970-01-01T00:00:03.000Z',
      lastFailure: '1970-01-01T00:00:02.000Z',
    });
  });
});

describe('pace', () => {
  it('asks soon at first and then ever more seldom, at most at the interval', () => {
    const pauses = Array.from({ length: 100 }, (_, run) => nextPause(check, run + 1, false, 0));
    expect(pauses[0]).toBe(30);
    expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
    expect(pauses.at(-1)).toBe(1000);
  });

  it('spreads instances that passed over a tenth of the interval', () => {
    expect(nextPause(check, 5, true, 0)).toBe(1000);
    expect(nextPause(check, 5, true, 1)).toBe(900);
  });
});
