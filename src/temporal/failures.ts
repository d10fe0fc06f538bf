import { isGrpcServiceError } from '@temporalio/client';
import { RetryableError } from '../errors.js';

/** gRPC codes that say that Temporal, or a worker, cannot be reached now. */
const AWAY: ReadonlySet<number> = new Set([1, 4, 8, 14]);
const INVALID_ARGUMENT = 3;
const FAILED_PRECONDITION = 9;
const GIVEN_UP = /workflow task failure/;
/** A server reads its namespaces' attributes anew once in a while: those of a new installation are not known at once. */
const NEW_ATTRIBUTE = /no mapping defined for search attribute/i;

/** Runs a call to Temporal; what passes by itself becomes a RetryableError, all else is passed on. */
export async function reaching<T>(address: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const trouble = passingTrouble(error);
    if (trouble === undefined) throw error;
    throw new RetryableError(`Temporal at ${address}`, `Temporal at ${address} ${trouble}`, { cause: error });
  }
}

/**
 * Whether an update was not taken only because the task that carried it was given up: the workflow meant to go on just
 * when something else came in. It is done again, and the update may be sent again.
 */
export function wasGivenUp(error: unknown): boolean {
  return !!grpcCause(error, ({ code, details }) => code === FAILED_PRECONDITION && GIVEN_UP.test(details));
}

/** What Temporal cannot do now and will do later. */
function passingTrouble(error: unknown): string | undefined {
  if (isAway(error)) return 'cannot be reached now';
  if (isTooNew(error)) return 'does not know the search attributes yet that were just registered';
  return undefined;
}

function isAway(error: unknown): boolean {
  if (grpcCause(error, ({ code }) => AWAY.has(code)) || wasGivenUp(error)) return true;
  return error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
}

function isTooNew(error: unknown): boolean {
  return !!grpcCause(error, ({ code, details }) => code === INVALID_ARGUMENT && NEW_ATTRIBUTE.test(details));
}

function grpcCause(
  error: unknown,
  is: (status: { code: number; details: string }) => boolean,
): Error | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at) && is(at)) return at;
  return undefined;
}
