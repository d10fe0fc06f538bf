import type { Reporter, TestModule } from 'vitest/node';
import { documentedRows, rowOf } from './rows.js';

/** Ends the run with how many rows hold, and why each other does not. */
export default class RowsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const results = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = new Map<string, string>();
    const seen = new Set<string>();
    for (const test of results) {
      const row = rowOf(test.name);
      if (row === undefined) continue;
      seen.add(row);
      const { state, errors } = test.result();
      if (state !== 'passed') broken.set(row, errors?.[0]?.message.split('\n')[0] ?? state);
    }
    print(seen, broken);
  }
}

function print(seen: Set<string>, broken: Map<string, string>): void {
  const documented = documentedRows();
  const holding = documented.filter(({ row }) => seen.has(row) && !broken.has(row));
  const differing = holding.filter(({ kind }) => kind === 'differs');
  const absent = documented.filter(({ kind }) => kind === 'absent');
  console.log(`\n${holding.length} of ${documented.length} rows hold.`);
  for (const { row, reason } of differing) console.log(`  row ${row} holds, but: ${reason}`);
  for (const { row, reason } of absent) console.log(`  row ${row} does not apply: ${reason}`);
  for (const [row, error] of broken) console.log(`  row ${row} does NOT hold: ${error}`);
}
