import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { Protocol } from './configured.js';
import type { Attributes, OpenSpan, SpanOf, Tracing } from './tracing.js';

/** A collector that is away must not hold up the end of the process. */
const CLOSE_MS = 3_000;

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

interface Options {
  protocol: Protocol;
  /** Where OTEL_SERVICE_NAME does not say another. */
  service: string;
  version: string;
  log: Pick<Logger, 'warn'>;
}

/**
 * Tracing by OpenTelemetry's SDK, which reads its standard variables itself: endpoint, headers, sampler, limits. Only
 * imported where traces are wanted. Nothing is registered globally but where its own errors go.
 */
export function openTracing({ protocol, service, version, log }: Options): Tracing {
  // Without the arguments: they may hold headers.
  const complain = (text: string) => log.warn({ reason: reasonIn(text) }, 'traces cannot be sent');
  const quiet = () => undefined;
  diag.setLogger(
    { error: complain, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const provider = new BasicTracerProvider({
    resource: resourceOf(service, version),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  return new OtelTracing(provider.getTracer('slipway', version), () => provider.shutdown());
}

/** Errors come as JSON with their stack. */
function reasonIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    return message ?? text;
  } catch {
    return text;
  }
}

function resourceOf(service: string, version: string) {
  const own = resourceFromAttributes({ 'service.name': service, 'service.version': version });
  const stated = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  return defaultResource().merge(own).merge(stated);
}

class OtelTracing implements Tracing {
  readonly #active = new AsyncLocalStorage<Context>();
  readonly #propagator = new W3CTraceContextPropagator();

  constructor(
    private readonly tracer: Tracer,
    private readonly shutdown: () => Promise<void>,
  ) {}

  async span<T>(what: SpanOf, work: (span: OpenSpan) => Promise<T>): Promise<T> {
    const parent = this.#contextOf(what.parent) ?? this.#active.getStore();
    if (parent === undefined && !what.root) return work(NO_SPAN);
    const context = parent ?? ROOT_CONTEXT;
    const kind = KINDS[what.kind ?? 'internal'];
    const span = this.tracer.startSpan(what.name, { kind, attributes: known(what.attributes) }, context);
    try {
      return await this.#active.run(trace.setSpan(context, span), () => work(openSpan(span)));
    } catch (error) {
      fail(span, error instanceof Error ? error.name : 'Error');
      throw error;
    } finally {
      span.end();
    }
  }

  traceparent(): string | undefined {
    const carrier: { traceparent?: string } = {};
    this.#propagator.inject(this.#active.getStore() ?? ROOT_CONTEXT, carrier, defaultTextMapSetter);
    return carrier.traceparent;
  }

  async close(): Promise<void> {
    await Promise.race([this.shutdown(), sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  /** Undefined where it names no span. */
  #contextOf(traceparent: string | undefined): Context | undefined {
    const context = this.#propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
    return trace.getSpanContext(context) && context;
  }
}

const NO_SPAN: OpenSpan = { rename: () => undefined, set: () => undefined, failed: () => undefined };

function openSpan(span: Span): OpenSpan {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(known(attributes)),
    failed: (message) => fail(span, message),
  };
}

/** What failed, without the text of the error: that may hold anything. */
function fail(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function known(attributes: Attributes = {}): Record<string, string | number | string[]> {
  const stated = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(stated) as Record<string, string | number | string[]>;
}
