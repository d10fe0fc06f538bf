import { expect, test } from 'vitest';
import { trendOf } from './trend.js';

const samples = (megabytes: (at: number) => number) =>
  Array.from({ length: 100 }, (_, i) => ({ at: i * 10, megabytes: megabytes(i * 10) }));

test('memory that goes up and down is flat', () => {
  expect(
    Math.abs(
      trendOf(
        samples((at) => 200 + 20 * Math.sin(at)),
        100,
      ).growth,
    ),
  ).toBeLessThan(0.03);
});

test('a leak of a megabyte a minute is found, and what the start takes is not one', () => {
  expect(
    trendOf(
      samples((at) => 200 + at / 60),
      100,
    ).growth,
  ).toBeGreaterThan(0.04);
  expect(
    trendOf(
      samples((at) => (at < 100 ? 50 + at : 200)),
      100,
    ).growth,
  ).toBe(0);
});

test('too few samples are no trend', () => {
  expect(() =>
    trendOf(
      samples(() => 1),
      5_000,
    ),
  ).toThrow('too few');
});
