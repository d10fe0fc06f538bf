import { isGrpcServiceError } from '@temporalio/client';
import { RetryableError } from '../errors.js';

/** gRPC codes that say that Temporal, or a worker, cannot be reached now. */
const AWAY: ReadonlySet<number> = new Set([1, 4, 8, 14]);

/** Runs a call to Temporal; what means "away" becomes a RetryableError, all else is passed on. */
export async function reaching<T>(address: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new RetryableError(`Temporal at ${address}`, `Temporal at ${address} cannot be reached now`, {
      cause: error,
    });
  }
}

function isAway(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (isGrpcServiceError(at) && AWAY.has(at.code)) return true;
  return error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
}
