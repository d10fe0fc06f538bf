import { expect, it } from 'vitest';
import { tracesWanted } from '../../src/telemetry/tracing/configured.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

it.each([
  ['nothing set', {}],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  ['the SDK disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
  ['no exporter of traces', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ['an endpoint of metrics only', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:4318' }],
])('nobody asked for traces: %s', (_what, env) => {
  expect(tracesWanted(env)).toBeUndefined();
});

it.each([
  ['an endpoint', ENDPOINT, 'http/protobuf'],
  [
    'an endpoint of traces',
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' },
    'http/protobuf',
  ],
  ['the exporter alone', { OTEL_TRACES_EXPORTER: 'otlp' }, 'http/protobuf'],
  ['JSON', { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http/json'],
  [
    'a protocol of traces, which goes first',
    { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
    'http/json',
  ],
])('somebody did: %s', (_what, env, protocol) => {
  expect(tracesWanted(env)).toBe(protocol);
});

it.each([
  [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'it must be http/protobuf or http/json'],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER is "zipkin"; it must be otlp or none.'],
])('what there is not is refused with what would be right', (env, sentence) => {
  expect(() => tracesWanted(env)).toThrow(sentence);
});
