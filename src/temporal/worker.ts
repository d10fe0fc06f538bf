import { readFileSync } from 'node:fs';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ControlActivities, RuntimeActivities, WaveActivities } from '../../activities/types.js';

/**
 * The prebuilt bundle (production), or the sources (a test that changes them); interceptors are in the bundle already.
 * `stacks`: the bundle's promises and errors know where they were made.
 */
export type WorkflowCode =
  | { codePath: string; stacks?: boolean }
  | { workflowsPath: string; interceptorsPath: string };

/** Which worker deployment a worker belongs to, and which version of it it runs. */
export interface WorkerVersion {
  deploymentName: string;
  buildId: string;
}

export interface WorkerDeps {
  native: NativeConnection;
  namespace?: string;
  /** Of activities, the first outermost. */
  activityInterceptors?: ActivityInterceptorsFactory[];
}

/**
 * Ending a workflow's code by force in the midst of a promise can take the whole process along (Node 20: "async hook
 * stack has become corrupted"). On a machine under load the SDK's 5 s are reached by an honest step of 1,000 apps. The
 * SDK takes this option; only its types leave it out.
 */
const ISOLATE = { isolateExecutionTimeout: '60s' };
/**
 * Workflows that a worker keeps in memory. A held deployment waits for days: beyond these the one that was looked at
 * least is forgotten, and built again from its history, a few milliseconds, when something happens to it.
 */
const CACHED_WORKFLOWS = 200;
/**
 * Of a worker whose activities wait for instances. They cost nothing but a slot: a stuck deployment must not take one from
 * another. Cancellation travels in answers to heartbeats, so they must not be held back for long.
 */
export const WAITING = {
  maxConcurrentActivityTaskExecutions: 5_000,
  maxHeartbeatThrottleInterval: '1s',
  defaultHeartbeatThrottleInterval: '1s',
} satisfies Partial<WorkerOptions>;

/**
 * The SDK asks for a stack of every promise of a workflow, which is a third of what Node does in workflows; nothing but V8's
 * own switch turns that off. It is read by Temporal's query `__stack_trace`, and by who looks for a fault of this program.
 */
const WITHOUT_STACKS = 'delete Error.stackTraceLimit;';

/** Runs the workflows and what they write. One with a version gets tasks only once that version is the current one. */
export async function controlWorker(
  deps: WorkerDeps & { version?: WorkerVersion | undefined },
  queue: string,
  code: WorkflowCode,
  activities: ControlActivities & Partial<WaveActivities & RuntimeActivities>,
  overrides: Partial<WorkerOptions> = {},
): Promise<Worker> {
  return Worker.create({
    ...base(deps, queue),
    activities,
    ...ISOLATE,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    ...versioned(deps.version),
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
  return Worker.create({ ...base(deps, queue), activities, ...WAITING });
}

function workflowsOf({ activityInterceptors: activity = [] }: WorkerDeps, code: WorkflowCode) {
  if ('codePath' in code) return { workflowBundle: bundleOf(code) };
  const { workflowsPath, interceptorsPath } = code;
  return { workflowsPath, interceptors: { activity, workflowModules: [interceptorsPath] } };
}

function bundleOf({ codePath, stacks }: Extract<WorkflowCode, { codePath: string }>) {
  if (stacks) return { codePath };
  // In the first line, so that the places of all others stay what they are.
  return { code: WITHOUT_STACKS + readFileSync(codePath, 'utf8') };
}

/**
 * A deployment may be held for weeks: it goes on in the current version at its next step, instead of keeping the old
 * workers up for as long. Recorded histories and `patched` see to it that it can.
 */
function versioned(version: WorkerVersion | undefined): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === undefined) return {};
  return {
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

function base(
  { native, namespace = 'default', activityInterceptors: activity = [] }: WorkerDeps,
  taskQueue: string,
): WorkerOptions {
  const end = { shutdownGraceTime: 0, shutdownForceTime: '10s' };
  return { connection: native, namespace, taskQueue, interceptors: { activity }, ...end };
}
