import { DrizzleQueryError } from 'drizzle-orm/errors';
import { RetryableError, TerminalError } from '../errors.js';

/** Failures of the connection itself, as the operating system and node's socket name them. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/** Sentences of the pg client and its pool for a connection that is gone; they carry no code. */
const GONE =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|timeout expired|Client has encountered a connection error|after calling end on the pool/i;

/** Maps what a driver threw: connection failures become retryable; text that PostgreSQL cannot keep is the caller's fault. */
export function storeError(error: unknown): unknown {
  if (error instanceof TerminalError || error instanceof RetryableError) return error;
  const cause = rootCause(error);
  const code = sqlState(error) ?? '';
  const full = fullDisk(code);
  if (full !== undefined) return new RetryableError('the disk of the database', full, { cause: error });
  if (SOCKET_CODES.has(code) || isServerAway(code) || GONE.test(cause.message)) {
    return new RetryableError('the database', `The database cannot be reached: ${cause.message}`, {
      cause: withoutParameters(error),
    });
  }
  if (code === '22P05') {
    return new TerminalError(
      'invalid',
      'Text must not hold the character U+0000: the database cannot keep it.',
    );
  }
  return withoutParameters(error);
}

/** Drizzle's error holds the parameters of the statement, secrets of apps among them; they are for no log and no history. */
function withoutParameters(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  const text = `The database refused a statement: ${rootCause(error).message} (${error.query})`;
  return Object.assign(new Error(text), { code: sqlState(error) });
}

/** It reads on. PGlite is told not to write before its disk is full (space.ts); so is a server that only follows another. */
function fullDisk(code: string): string | undefined {
  if (code === '53100') return 'Nothing can be stored now: the disk of the database is full';
  if (code === '25006')
    return 'Nothing can be stored now: the disk of the database is nearly full, or its server only follows another';
  return undefined;
}

/** True where the same transaction may succeed when run again: serialization failure, deadlock. */
export function isConflict(error: unknown): boolean {
  const code = sqlState(error);
  return code === '40001' || code === '40P01';
}

/**
 * Classes 08 (connection), 57P (shut down, starting up) and 53 (out of memory or connections), and 57014: a statement
 * that took too long.
 */
function isServerAway(code: string): boolean {
  return /^08...$|^57P0[1-5]$|^53...$|^57014$/.test(code);
}

function sqlState(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code;
  }
  return undefined;
}

function rootCause(error: unknown): Error {
  let e = error instanceof Error ? error : new Error(String(error));
  while (e.cause instanceof Error) e = e.cause;
  return e;
}
