import type { Admission } from '../../admission/admission.js';
import type { Tracing } from './tracing.js';

/** The same admission; what it accepts goes on in the trace of who asked for it, also in other processes. */
export function tracedAdmission(admission: Admission, tracing: Tracing): Admission {
  return {
    plan: (request) => admission.plan(request),
    admit: (request) => {
      const { environment, change } = request;
      const attributes = { 'slipway.environment': environment, 'slipway.change': change.kind };
      return tracing.span({ name: 'admit', attributes }, async (span) => {
        const trace = tracing.traceparent();
        const accepted = await admission.admit(trace === undefined ? request : { ...request, trace });
        const { deploymentId, affectedApps } = accepted;
        span.set({ 'slipway.deployment': deploymentId, 'slipway.app': affectedApps });
        return accepted;
      });
    },
  };
}
