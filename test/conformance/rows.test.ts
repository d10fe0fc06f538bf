import { expect, test } from 'vitest';
import { documentedRows, testedRows } from './support/rows.js';

test('every row of the table has a test, or a reason in docs/conformance.md, and no row both', () => {
  const documented = documentedRows();
  expect(documented.length).toBeGreaterThan(90);
  expect(new Set(documented.map(({ row }) => row)).size).toBe(documented.length);
  const tested = documented.filter(({ kind }) => kind === 'holds' || kind === 'differs');
  const failing = documented.filter(({ kind }) => kind === 'fails');
  expect([...testedRows()].sort()).toEqual([...tested, ...failing].map(({ row }) => row).sort());
});

test('every row that does not hold as in Marathon says why', () => {
  const silent = documentedRows().filter(({ kind, reason }) => kind !== 'holds' && reason.length < 20);
  expect(silent).toEqual([]);
});
