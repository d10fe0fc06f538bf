import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ControlActivities, RuntimeActivities, WaveActivities } from '../activities/types.js';
import { runtimeQueueOf } from './queues.js';
import type { DeploymentInput } from './types.js';

/**
 * A cancelled activity has ended before its successor acts: without this two actors could work on one app
 * (the SDK's default does not wait, whatever its documentation says).
 */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

const retry = { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/** Waits for instances; ends when they are ready, however long that takes. The heartbeat tells a dead worker. */
export function longActivities(input: DeploymentInput) {
  return proxyActivities<RuntimeActivities>({
    taskQueue: queueOf(input),
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '10s',
    cancellationType,
    retry,
  });
}

/** Declares something and returns. */
export function quickActivities(input: DeploymentInput) {
  return proxyActivities<RuntimeActivities>({
    taskQueue: queueOf(input),
    startToCloseTimeout: '30s',
    cancellationType,
    retry,
  });
}

/** Writes what the workflow decided; runs on the workflow's own queue. */
export function controlActivities() {
  return proxyActivities<ControlActivities>({ startToCloseTimeout: '30s', cancellationType, retry });
}

/** Reaches the deployments of a release's waves; runs on the workflow's own queue. */
export function waveActivities() {
  return proxyActivities<WaveActivities>({ startToCloseTimeout: '30s', cancellationType, retry });
}

function queueOf({ runtimeQueue, environment }: DeploymentInput): string {
  return runtimeQueue ?? runtimeQueueOf(environment);
}
