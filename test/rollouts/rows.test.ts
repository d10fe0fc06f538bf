import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = 'test/rollouts';
/** Numbers of the rows go from 1 to this. */
const LAST = 95;

/** A line of docs/rollouts.md. */
interface Row {
  row: number;
  kind: string;
  what: string;
  file: string;
  /** Absent where the file has a test of the row's own. */
  title: string | undefined;
}

function rows(): Row[] {
  const lines = readFileSync(`${ROOT}docs/rollouts.md`, 'utf8').split('\n');
  return lines.flatMap((line): Row[] => {
    const match = /^\| (\d+) \| (holds|differs|absent) \| (.*) \| (\S+?)(?: › (.*))? \|$/.exec(line);
    if (match === null) return [];
    const [, row, kind = '', what = '', file = '', title] = match;
    return [{ row: Number(row), kind, what, file, title }];
  });
}

/** `file row` of every test that is made for a row. */
function tested(): string[] {
  const files = readdirSync(ROOT + FOLDER).filter((name) => name.startsWith('edges'));
  return files.flatMap((name) =>
    [...readFileSync(`${ROOT}${FOLDER}/${name}`, 'utf8').matchAll(/^edge\(\s*(\d+),/gm)].map(
      ([, row]) => `${FOLDER}/${name} ${row}`,
    ),
  );
}

test('every row is there, once', () => {
  expect(rows().map(({ row }) => row)).toEqual(Array.from({ length: LAST }, (_, index) => index + 1));
});

test('every row that applies has its test, and every test of a row is on the page', () => {
  const own = rows().filter(({ kind, title }) => kind !== 'absent' && title === undefined);
  expect(own.map(({ file, row }) => `${file} ${row}`).sort()).toEqual(tested().sort());
});

test('tests of other files that show a row are there', () => {
  const named = rows().flatMap(({ row, file, title }) => (title === undefined ? [] : [{ row, file, title }]));
  const missing = named.filter(({ file, title }) => {
    const text = existsSync(ROOT + file) ? readFileSync(ROOT + file, 'utf8') : '';
    return !text.includes(`'${title}'`) && !text.includes(`"${title}"`);
  });
  expect(missing).toEqual([]);
});

test('what differs, and what cannot apply, says why; what cannot apply has no test', () => {
  const others = rows().filter(({ kind }) => kind !== 'holds');
  expect(others.filter(({ what }) => what.length < 40 || !/[.:;]/.test(what))).toEqual([]);
  const absent = rows().filter(({ kind }) => kind === 'absent');
  expect(absent.filter(({ file }) => file !== '–')).toEqual([]);
});
