/** One measured figure, with its floor of the same run. */
export interface Figure {
  id: string;
  what: string;
  measured: number;
  unit: string;
  floor?: number;
  /** measured ÷ floor. */
  ratio?: number;
  target: string;
  reached: boolean;
}

/** The table that is printed; the same as JSON with `--json`. */
export function table(figures: Figure[]): string {
  const rows = figures.map((f) => [
    f.reached ? 'ok' : 'MISSED',
    f.id,
    f.what,
    `${round(f.measured)} ${f.unit}`,
    f.floor === undefined ? '–' : `${round(f.floor)} ${f.unit}`,
    f.ratio === undefined ? '–' : round(f.ratio),
    f.target,
  ]);
  const all = [['', 'ID', 'WHAT', 'MEASURED', 'FLOOR', 'RATIO', 'TARGET'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
