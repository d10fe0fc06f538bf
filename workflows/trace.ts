import { defaultPayloadConverter } from '@temporalio/common';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';

/** Header of activities, and entry of the workflow's memo: W3C's `traceparent` of what asked for the deployment. */
export const TRACE_HEADER = 'traceparent';

/**
 * Hands the trace of a deployment on to its activities; without one nothing is added. Nothing is awaited here, so the
 * order of commands is the same with and without this interceptor.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        scheduleActivity: (input, next) => {
          const trace = workflowInfo().memo?.[TRACE_HEADER];
          if (trace === undefined) return next(input);
          const headers = { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) };
          return next({ ...input, headers });
        },
      },
    ],
  };
}
