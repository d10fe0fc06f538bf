/** What one question to an instance gave. */
export interface Answer {
  ok: boolean;
  /** A sentence without full stop: why it is not ok, with address and value. */
  cause?: string;
  /** Of an HTTP question, for readiness checks. */
  response?: { status: number; contentType: string; body: string };
}

/** A limit that a question must keep, and how to give it up early. */
export interface Limit {
  timeoutMs: number;
  signal: AbortSignal;
}

/** A cause as people say it: "connection refused" instead of ECONNREFUSED. */
export function causeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const known = code === undefined ? undefined : CAUSES[code];
  return known ?? (error instanceof Error ? error.message : String(error));
}

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection was closed before an answer came',
  EHOSTUNREACH: 'host cannot be reached',
  ENETUNREACH: 'network cannot be reached',
  ENOTFOUND: 'host name is not known',
};
