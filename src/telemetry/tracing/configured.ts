import { TerminalError } from '../../errors.js';

/** Of OTLP over HTTP, as OTEL_EXPORTER_OTLP_PROTOCOL names them. */
export type Protocol = 'http/protobuf' | 'http/json';

/**
 * How traces are to be sent, by OpenTelemetry's standard variables; undefined where nobody asked for any.
 * Throws TerminalError for a way of sending that this service does not have.
 */
export function tracesWanted(env: NodeJS.ProcessEnv): Protocol | undefined {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const exporter = env.OTEL_TRACES_EXPORTER || undefined;
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (exporter === 'none' || (exporter ?? endpoint) === undefined || (exporter ?? endpoint) === '')
    return undefined;
  if (exporter !== undefined && exporter !== 'otlp') {
    const text = `OTEL_TRACES_EXPORTER is "${exporter}"; it must be otlp or none.`;
    throw new TerminalError('invalid', text);
  }
  return protocolOf(env);
}

function protocolOf(env: NodeJS.ProcessEnv): Protocol {
  const stated = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/protobuf';
  if (stated === 'http/protobuf' || stated === 'http/json') return stated;
  const help = 'Collectors take these on port 4318.';
  throw new TerminalError(
    'invalid',
    `OTEL_EXPORTER_OTLP_PROTOCOL is "${stated}"; it must be http/protobuf or http/json. ${help}`,
  );
}
