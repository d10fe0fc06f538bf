/** One line of Prometheus' text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Everything that a process tells in Prometheus' text format. */
export class Exposition {
  readonly samples: Sample[];
  /** Type by name of the family. */
  readonly families: Map<string, string>;

  constructor(readonly text: string) {
    const lines = text.split('\n');
    this.samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(sampleOf);
    this.families = new Map(
      lines.flatMap((line) => {
        const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
        return name !== undefined && type !== undefined ? [[name, type]] : [];
      }),
    );
  }

  /** Of all series with these labels together; undefined where there is none. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }
}

function sampleOf(line: string): Sample {
  const [, name = '', labels = '', value = ''] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === '') throw new Error(`no sample: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name,
    labels: Object.fromEntries(
      pairs.map(([, key = '', text = '']) => [key, text.replaceAll(/\\(.)/g, '$1')]),
    ),
    value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
  };
}
