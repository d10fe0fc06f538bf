import type { ControlDeps } from './deps.js';
import { guard } from './guard.js';
import type { ControlActivities } from './types.js';

export { createRuntimeActivities } from './runtime-activities.js';

/** The activities that write what the workflow decided. */
export function createControlActivities(writes: ControlDeps): ControlActivities {
  return {
    record: (transition) => guard(() => writes.record(transition)),
    rollback: (request) => guard(() => writes.rollback(request)),
    calendar: (question) => guard(() => writes.calendar(question)),
    conclude: (end) => guard(() => writes.conclude(end)),
  };
}
