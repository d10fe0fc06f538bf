import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler } from 'express';
import { type ErrorCode, type ErrorDetail, RetryableError, TerminalError } from '../errors.js';

/** Where what nobody expected is written down. */
export interface ErrorLog {
  error(fields: object, message: string): void;
}

interface Failure {
  status: number;
  code: ErrorCode;
  message: string;
  headers: Record<string, string>;
  details?: ErrorDetail[] | string;
  deployments?: string[];
  state?: string;
}

/** Seconds after which a client may try again while something is away. */
const RETRY_AFTER_SECONDS = 2;

/** The one place that turns what was thrown into an answer; `/v2` in Marathon's form, all else in api.md's. */
export function answerErrors(log: ErrorLog): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const failure = toFailure(error, log);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.status(failure.status).type('json').set(failure.headers);
    res.json(isMarathon(req.originalUrl) ? marathonForm(failure) : nativeForm(failure));
  };
}

function isMarathon(url: string): boolean {
  return !/^\/+(environments\/[^/]+\/+)?api(\/|\?|$)/.test(url);
}

function toFailure(error: unknown, log: ErrorLog): Failure {
  if (error instanceof TerminalError) {
    return { status: error.status, code: error.code, message: error.message, headers: {}, ...error.extra };
  }
  if (error instanceof RetryableError) return unavailable(error);
  return fromHttp(error) ?? unexpected(error, log);
}

function unavailable(error: RetryableError): Failure {
  const message = error.message.includes(error.away)
    ? error.message
    : `${error.away} is away: ${error.message}`;
  return {
    status: 503,
    code: 'unavailable',
    message,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  };
}

/** Errors that express and its body reader throw carry a status and may be shown. */
function fromHttp(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status > 499) return undefined;
  if (error.status === 413) return tooLarge(error);
  return {
    status: error.status,
    code: 'bad_request',
    message: `The request cannot be read: ${error.message}.`,
    headers: {},
  };
}

function tooLarge(error: Error): Failure {
  const limit = 'limit' in error && typeof error.limit === 'number' ? ` of ${error.limit} bytes` : '';
  const message = `The body is larger than the limit${limit}.`;
  return { status: 413, code: 'body_too_large', message, headers: { Connection: 'close' } };
}

function unexpected(error: unknown, log: ErrorLog): Failure {
  const id = randomUUID();
  log.error({ err: error, errorId: id }, 'a request failed for a reason that nobody expected');
  return {
    status: 500,
    code: 'internal',
    message: `Something went wrong inside Slipway; its log has the reason under ${id}.`,
    headers: {},
  };
}

function marathonForm(failure: Failure): object {
  return {
    message: failure.message,
    ...(failure.details === undefined ? {} : { details: failure.details }),
    ...(failure.deployments === undefined ? {} : { deployments: failure.deployments.map((id) => ({ id })) }),
  };
}

function nativeForm(failure: Failure): object {
  const { message, code, state } = failure;
  const details =
    typeof failure.details === 'string' ? [{ path: '/', errors: [failure.details] }] : failure.details;
  return {
    message,
    code,
    ...(details === undefined ? {} : { details }),
    ...(state === undefined ? {} : { state }),
    ...(failure.deployments === undefined ? {} : { deployments: failure.deployments }),
  };
}
