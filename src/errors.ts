/** One problem at one place of the input. `path` is a JSON pointer like `/apps(0)/id`; `/` is the whole object. */
export interface ErrorDetail {
  path: string;
  errors: string[];
}

/**
 * Every code that an answer of the API can carry, with its HTTP status.
 * Statuses and texts under `/v2` are those of Marathon 1.11 (MarathonExceptionMapper).
 */
export const ERROR_CODES = {
  invalid_json: 400,
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  too_many_deployments: 403,
  not_found: 404,
  method_not_allowed: 405,
  already_exists: 409,
  locked: 409,
  not_applicable: 409,
  stale: 409,
  body_too_large: 413,
  invalid: 422,
  reason_required: 422,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What a caller did wrong, or what cannot be done: trying the same again gives the same. */
export class TerminalError extends Error {
  override readonly name: string = 'TerminalError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly extra: {
      details?: ErrorDetail[] | string;
      /** Ids of the deployments that hold the lock (409 `locked`). */
      deployments?: string[];
      /** State of the deployment a command did not apply to. */
      state?: string;
    } = {},
  ) {
    super(message);
  }

  /** HTTP status of the answer. */
  get status(): number {
    return ERROR_CODES[this.code];
  }
}

/** Something that the service needs is away (database, Temporal, disk): the same call may work later. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';

  constructor(
    /** What is away, as a person says it: "Temporal at 127.0.0.1:7233". */
    readonly away: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** 422 "Object is not valid" with one entry per path. */
export function invalid(details: ErrorDetail[]): TerminalError {
  return new TerminalError('invalid', 'Object is not valid', { details });
}

/** 422 with a single problem. */
export function invalidAt(path: string, ...errors: string[]): TerminalError {
  return invalid([{ path, errors }]);
}

/** 404 with the text of Marathon's: "App '/foo' does not exist". */
export function notFound(message: string): TerminalError {
  return new TerminalError('not_found', message);
}
