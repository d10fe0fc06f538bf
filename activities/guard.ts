import { ApplicationFailure } from '@temporalio/common';
import { RetryableError, TerminalError } from '../src/errors.js';

/** Tells Temporal which errors may be tried again: terminal ones are not. */
export async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TerminalError)
      throw ApplicationFailure.create({
        message: withDetails(error),
        type: error.code,
        nonRetryable: true,
        cause: error,
      });
    if (error instanceof RetryableError)
      throw ApplicationFailure.create({ message: error.message, type: 'unavailable', cause: error });
    throw error;
  }
}

function withDetails(error: TerminalError): string {
  const { details } = error.extra;
  if (!details) return error.message;
  if (typeof details === 'string') return `${error.message}: ${details}`;
  return `${error.message}: ${details.map((d) => `${d.path}: ${d.errors.join(', ')}`).join('; ')}`;
}
