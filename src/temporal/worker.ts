import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ControlActivities, RuntimeActivities, WaveActivities } from '../../activities/types.js';

/** The prebuilt bundle (production), or the sources (a test that changes them); interceptors are in the bundle already. */
export type WorkflowCode = { codePath: string } | { workflowsPath: string; interceptorsPath: string };

export interface WorkerDeps {
  native: NativeConnection;
  namespace?: string;
  /** Of activities, the first outermost. */
  activityInterceptors?: ActivityInterceptorsFactory[];
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
    ...workflowsOf(deps, code),
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

function workflowsOf({ activityInterceptors: activity = [] }: WorkerDeps, code: WorkflowCode) {
  if ('codePath' in code) return { workflowBundle: code };
  const { workflowsPath, interceptorsPath } = code;
  return { workflowsPath, interceptors: { activity, workflowModules: [interceptorsPath] } };
}

function base(
  { native, namespace = 'default', activityInterceptors: activity = [] }: WorkerDeps,
  taskQueue: string,
): WorkerOptions {
  const end = { shutdownGraceTime: 0, shutdownForceTime: '10s' };
  return { connection: native, namespace, taskQueue, interceptors: { activity }, ...end };
}
