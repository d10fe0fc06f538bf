import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ControlActivities, RuntimeActivities, WaveActivities } from '../../activities/types.js';

/** The prebuilt bundle (production), or the sources (a test that changes them). */
export type WorkflowCode = { codePath: string } | { workflowsPath: string };

export interface WorkerDeps {
  native: NativeConnection;
  namespace?: string;
}

/** Waiting activities cost nothing but a slot: a stuck deployment must not take one from another. */
const WAITING_ACTIVITIES = 5_000;
/**
 * Ending a workflow's code by force in the midst of a promise can take the whole process along (Node 20: "async hook
 * stack has become corrupted"). On a machine under load the SDK's 5 s are reached by an honest step of 1,000 apps. The
 * SDK takes this option; only its types leave it out.
 */
const ISOLATE = { isolateExecutionTimeout: '60s' };
/** Cancellation travels in answers to heartbeats, so they must not be held back for long. */
const HEARTBEAT_THROTTLE = '1s';

/** Runs the workflows and what they write. */
export async function controlWorker(
  deps: WorkerDeps,
  queue: string,
  code: WorkflowCode,
  activities: ControlActivities & Partial<WaveActivities>,
  overrides: Partial<WorkerOptions> = {},
): Promise<Worker> {
  return Worker.create({
    ...base(deps, queue),
    activities,
    ...ISOLATE,
    ...('codePath' in code ? { workflowBundle: code } : code),
    ...overrides,
  });
}

/** Runs the activities of one environment's runtime, on the host of its supervisor. */
export async function runtimeWorker(
  deps: WorkerDeps,
  queue: string,
  activities: RuntimeActivities,
): Promise<Worker> {
  return Worker.create({
    ...base(deps, queue),
    activities,
    maxConcurrentActivityTaskExecutions: WAITING_ACTIVITIES,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  });
}

function base({ native, namespace = 'default' }: WorkerDeps, taskQueue: string): WorkerOptions {
  return { connection: native, namespace, taskQueue, shutdownGraceTime: 0, shutdownForceTime: '10s' };
}
