import type { ControlDeps } from './deps.js';
import { guard } from './guard.js';
import type { ControlActivities, WaveActivities } from './types.js';

export { routedActivities } from './routed.js';
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

/** The activities of releases over several environments. */
export function createWaveActivities(waves: WaveActivities): WaveActivities {
  return {
    reachWave: (ref) => guard(() => waves.reachWave(ref)),
    beginWave: (ref) => guard(() => waves.beginWave(ref)),
    seeWave: (ref) => guard(() => waves.seeWave(ref)),
    commandWave: (order) => guard(() => waves.commandWave(order)),
    endWave: (end) => guard(() => waves.endWave(end)),
  };
}
