/** Of a span. Names of our own begin with `slipway.`, all others are OpenTelemetry's. */
export type Attributes = Record<string, string | number | string[] | undefined>;

export interface SpanOf {
  /** Few different ones: no ids. */
  name: string;
  kind?: 'server' | 'client' | 'internal';
  attributes?: Attributes;
  /** What it belongs to where that is not the span that is active: W3C's `traceparent`. */
  parent?: string | undefined;
  /** Begins a trace where it belongs to none. Without this there is then no span at all. */
  root?: boolean;
}

export interface OpenSpan {
  rename(name: string): void;
  set(attributes: Attributes): void;
  failed(message: string): void;
}

/** Makes spans of what this process does and sends them away. */
export interface Tracing {
  /** Runs the work within a span, which ends with it; what it throws marks the span and is passed on. */
  span<T>(what: SpanOf, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** Of the span that is active, for those who go on elsewhere. */
  traceparent(): string | undefined;
  /** Sends what is left; gives up after a few seconds. */
  close(): Promise<void>;
}
