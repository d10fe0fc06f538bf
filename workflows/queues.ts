/** Task queue of workflows and control activities. */
export const CONTROL_QUEUE = 'slipway';

/** Task queue of the activities that touch the runtime of an environment; used inside the workflow, too. */
export function runtimeQueueOf(environment: string): string {
  return `runtime-${environment}`;
}
