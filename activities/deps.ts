import type { App, PathId, Timestamp } from '../src/model/app.js';
import type { ActionProgress, DeploymentOptions } from '../src/model/deployment.js';
import type { Runtime } from '../src/runtimes/runtime.js';
import type { ControlActivities } from './types.js';

/** What a deployment wants of one app. */
export interface Work {
  /** Absent where the app is to be removed. */
  target?: App;
  /** As it was before the deployment; absent where it was not there. */
  original?: App;
  options: DeploymentOptions;
}

/** What the activities read and write in the database. */
export interface Journal {
  work(deployment: string, app: PathId): Promise<Work>;
  /** Latest definition of an app with this run version; older versions may still run. */
  definition(environment: string, app: PathId, version: Timestamp): Promise<App | undefined>;
  /** The same, as an action of the step begins: that the step did is told once, whoever calls how often. */
  begin(place: { deployment: string; step: number; app: PathId }): Promise<Work>;
  recordAction(
    place: { deployment: string; step: number; index: number },
    progress: ActionProgress,
  ): Promise<void>;
}

/** Everything that the activities need from outside. */
export interface ActivityDeps {
  runtime: Runtime;
  journal: Journal;
}

/** What the control activities need: the writes themselves. */
export type ControlDeps = ControlActivities;
