import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { type BatchRef, RUNTIME_ACTIVITIES } from '../../activities/types.js';
import { type About, aboutOf } from './activities.js';
import type { Metrics } from './metrics.js';

/**
 * Times and writes down what is done to a runtime, batch by batch. Where no environment is named it is the one that the
 * activity names, and what touches no runtime is let through.
 */
export type BatchTelemetry = (environment?: string) => ActivityInterceptorsFactory;

/** `flush` writes what the workflow that asks for the activity has logged. */
export function batchTelemetry(
  metrics: Metrics,
  log: Pick<Logger, 'info'>,
  flush: () => void,
): BatchTelemetry {
  const seconds = metrics.histogram(
    'slipway_batch_seconds',
    'Of a batch, or of another activity of the runtime, with all its attempts, until it was done, failed (it holds), or was cancelled',
    'work',
    'environment',
    'activity',
    'outcome',
  );
  return (served) => (context) => {
    const { activityType: activity, attempt, scheduledTimestampMs } = context.info;
    if (!TOUCHES_RUNTIME.has(activity)) return {};
    const end = (fields: About & { environment: string }, outcome: Outcome) => {
      const took = Math.max(0, Date.now() - scheduledTimestampMs) / 1000;
      seconds.observe({ environment: fields.environment, activity, outcome }, took);
      log.info({ ...fields, outcome, seconds: took }, 'activity ended');
    };
    return {
      inbound: {
        execute: async (input, next) => {
          const about = aboutOf(input.args);
          const environment = served ?? about.environment;
          if (isWatching(input.args) || environment === undefined) return next(input);
          const fields = { ...about, environment, activity };
          flush();
          if (attempt === 1) log.info(fields, 'activity begins');
          const result = await next(input).catch((error: unknown) => {
            const outcome = outcomeOf(context, error);
            if (outcome !== undefined) end(fields, outcome);
            throw error;
          });
          end(fields, 'done');
          return result;
        },
      },
    };
  };
}

const TOUCHES_RUNTIME: ReadonlySet<string> = new Set(RUNTIME_ACTIVITIES);

type Outcome = 'done' | 'failed' | 'cancelled';

/** A batch that is held is only looked at, perhaps for days. */
function isWatching([given]: unknown[]): boolean {
  return (given as Partial<BatchRef> | undefined)?.patient === true;
}

/** Undefined where it will be tried again: it has not ended. */
function outcomeOf({ cancellationDetails }: Context, error: unknown): Outcome | undefined {
  if (cancellationDetails?.cancelRequested) return 'cancelled';
  return error instanceof ApplicationFailure && error.nonRetryable ? 'failed' : undefined;
}
