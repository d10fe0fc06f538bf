import { stripVTControlCharacters } from 'node:util';

/** Columns as wide as their widest cell, two blanks between; headings are given in upper case. Colours do not count. */
export function table(headings: string[], rows: string[][]): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all.map((row) =>
    headings
      .map((_, column) => padded(row[column] ?? '', widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Fills up with blanks to the width. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Time since then, as kubectl says it: `45s`, `5m`, `3h`, `2d`; `-` where there is no time. */
export function age(since: string | undefined, now: number): string {
  const from = since === undefined ? Number.NaN : Date.parse(since);
  if (Number.isNaN(from)) return '-';
  return duration((now - from) / 1000);
}

const UNITS: [suffix: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
];

/** Seconds in the largest unit of which there are two, or one and none smaller: 119 s → `119s`, 120 s → `2m`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  for (const [suffix, size] of UNITS) {
    if (whole >= 2 * size) return `${Math.floor(whole / size)}${suffix}`;
  }
  return `${whole}s`;
}
