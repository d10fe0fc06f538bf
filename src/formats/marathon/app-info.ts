import type { App, Timestamp } from '../../model/app.js';
import type { Failure, Instance } from '../../model/instance.js';
import { appJson } from './app-json.js';
import { readinessJson } from './readiness.js';
import { type TaskCounts, taskStatsJson } from './task-stats.js';
import { failureJson, taskJson } from './tasks.js';

/** What goes with a definition; what is absent is left out of the answer. */
export interface AppInfo {
  counts?: TaskCounts;
  /** Ids of the deployments that hold the app. */
  deployments?: readonly string[];
  /** Instances to show as `tasks`. */
  instances?: readonly Instance[];
  lastTaskFailure?: Failure;
  /** Instances whose readiness results are shown. */
  readiness?: readonly Instance[];
  taskStats?: { instances: readonly Instance[]; now: Timestamp };
}

/** Marathon's AppInfo. */
export function appInfoJson(app: App, info: AppInfo) {
  return { ...appJson(app), ...appExtrasJson(app, info) };
}

/** What AppInfo has beside the definition: it changes all the time, while a definition never does. */
export function appExtrasJson(app: App, info: AppInfo) {
  return {
    ...(info.counts && countsJson(info.counts)),
    ...(info.deployments && { deployments: info.deployments.map((id) => ({ id })) }),
    ...(info.instances && { tasks: info.instances.map((each) => taskJson(each, app)) }),
    ...(info.readiness && { readinessCheckResults: info.readiness.flatMap(readinessOf) }),
    ...(info.lastTaskFailure && { lastTaskFailure: failureJson(info.lastTaskFailure) }),
    ...(info.taskStats && { taskStats: taskStatsJson(app, info.taskStats.instances, info.taskStats.now) }),
  };
}

function readinessOf(instance: Instance) {
  return instance.readinessResults.map((result) => readinessJson(instance.id, result));
}

function countsJson({ staged, running, healthy, unhealthy }: TaskCounts) {
  return { tasksStaged: staged, tasksRunning: running, tasksHealthy: healthy, tasksUnhealthy: unhealthy };
}
