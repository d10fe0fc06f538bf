import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Upper bounds of histograms, in seconds. */
export const BUCKETS = {
  /** Of one call to another part. */
  call: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  /** Of what waits for instances. */
  work: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
  /** Of a whole deployment, with the people that it waits for. */
  release: [1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400, 604_800],
} as const;

/** What is read when somebody asks for the metrics, and the gauges that show it. */
interface Reading {
  gauges: readonly Gauge[];
  /** Gives what sets the gauges. Where it fails, or takes too long, they show nothing. */
  read: () => Promise<() => void>;
}

/** Whoever scrapes gives up after 10 s; what is away must not keep the rest from him. */
const READ_DEADLINE_MS = 2_000;

/** The metrics of one process: what it counts, and what it reads when somebody asks. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #readings: Reading[] = [];
  readonly #sources: (() => Promise<string>)[] = [];

  /** Where libraries put theirs. */
  get registry(): Registry {
    return this.#registry;
  }

  counter<Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  gauge<Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  histogram<Label extends string>(
    name: string,
    help: string,
    kind: keyof typeof BUCKETS,
    ...labelNames: Label[]
  ): Histogram<Label> {
    return new Histogram({
      name,
      help,
      labelNames,
      buckets: [...BUCKETS[kind]],
      registers: [this.#registry],
    });
  }

  /** Reads before each answer. */
  onRead(gauges: readonly Gauge[], read: Reading['read']): void {
    this.#readings.push({ gauges, read });
  }

  /** Adds what another source of this process tells, in the same form; '' where it tells nothing. */
  append(source: () => Promise<string>): void {
    this.#sources.push(source);
  }

  /** Everything in Prometheus' text format. */
  async text(): Promise<string> {
    await Promise.all(this.#readings.map(refresh));
    const texts = await Promise.all([this.#registry.metrics(), ...this.#sources.map((source) => source())]);
    return texts.join('');
  }
}

async function refresh({ gauges, read }: Reading): Promise<void> {
  const late = new AbortController();
  const deadline = sleep(READ_DEADLINE_MS, undefined, { signal: late.signal, ref: false });
  const set = await Promise.race([read(), deadline.catch(() => undefined)]).catch(() => undefined);
  late.abort();
  for (const gauge of gauges) gauge.reset();
  set?.();
}
