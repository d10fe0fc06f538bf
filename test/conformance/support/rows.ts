import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../../docs/conformance.md', import.meta.url));

/** A row of docs/conformance.md. */
export interface Documented {
  row: string;
  kind: 'holds' | 'differs' | 'fails' | 'absent';
  reason: string;
}

/** The lines `| row | kind | reason |` of docs/conformance.md. */
export function documentedRows(): Documented[] {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  return lines.flatMap((line): Documented[] => {
    const match = /^\| (\d+b?) \| (holds|differs|fails|absent) \| (.*) \|$/.exec(line);
    if (match === null) return [];
    const [, row = '', kind, reason = ''] = match;
    return [{ row, kind: kind as Documented['kind'], reason: reason.trim() }];
  });
}

/** Numbers of the rows that the test files of this folder have tests for. */
export function testedRows(): Set<string> {
  const files = readdirSync(HERE).filter((name) => name.endsWith('.test.ts'));
  const calls = files.flatMap((name) => [
    ...readFileSync(`${HERE}/${name}`, 'utf8').matchAll(/^\s*(?:row|rowAlone)\(\s*['`]?(\d+b?)/gm),
  ]);
  // Rows of a table of cases name their number there: `[28, 'failing', …`.
  const cases = files.flatMap((name) => [
    ...readFileSync(`${HERE}/${name}`, 'utf8').matchAll(/^\s*\[(\d+), '[a-z]+',/gm),
  ]);
  return new Set([...calls, ...cases].map(([, number = '']) => number));
}

/** Number of the row that a test is for, by its title. */
export function rowOf(title: string): string | undefined {
  return /^row (\d+b?)\b/.exec(title)?.[1];
}
