import { type Logger, pino } from 'pino';

/** The log of a process: JSON lines on stderr, without secrets. */
export function serviceLog(level: string): Logger {
  const options = { base: null, redact: ['token', '*.token'], serializers: { err: errorFields } };
  return pino({ level, ...options }, pino.destination(2));
}

/** Errors of libraries carry what they worked on, secrets of apps among it: nothing else of them is written. */
export function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { type, message, stack, code } = pino.stdSerializers.err(error);
  return { type, message, stack, ...(code === undefined ? {} : { code }) };
}
