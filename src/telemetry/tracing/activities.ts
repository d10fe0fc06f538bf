import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { TRACE_HEADER } from '../../../workflows/trace.js';
import { aboutOf } from '../activities.js';
import type { Tracing } from './tracing.js';

/** A span for each attempt of an activity, in the trace of the request that its deployment came from. */
export function tracedActivities(tracing: Tracing): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute: (input, next) => {
        const header = input.headers[TRACE_HEADER];
        const parent = header && defaultPayloadConverter.fromPayload<string>(header);
        const {
          deployment = info.workflowExecution?.workflowId,
          environment,
          app,
          step,
          batch,
        } = aboutOf(input.args);
        const attributes = {
          'slipway.deployment': deployment,
          'slipway.environment': environment,
          'slipway.app': app,
          'slipway.step': step,
          'slipway.batch': batch,
          'temporal.attempt': info.attempt,
        };
        return tracing.span({ name: info.activityType, attributes, parent }, () => next(input));
      },
    },
  });
}
