import type { App, PathId } from '../../model/app.js';
import type { EventRecord } from '../../model/event.js';
import type { Failure, Instance, Waiting } from '../../model/instance.js';
import type { Declaration, Fence } from '../runtime.js';

export type { EventRecord } from '../../model/event.js';

/** A declaration as kept: what the supervisor goes on with after a crash. */
export interface Target {
  app: App;
  declaration: Declaration;
}

/** Where declarations are durable. Implemented over the database; in memory for the supervisor's own tests. */
export interface TargetStore {
  load(): Promise<Target[]>;
  /** Refused with TerminalError `stale` when the fence does not hold the app's lock. */
  save(target: Target, fence: Fence): Promise<void>;
  forget(app: PathId): Promise<void>;
}

/** What readers of the database see of the instances: a projection, written behind in batches, rebuilt at start. */
export interface ProjectionBatch {
  instances: Instance[];
  /** Ids of ended instances that are not shown any more. */
  removed: string[];
  /** Per app whose waiting list changed. */
  waiting: { app: PathId; waiting: Waiting[] }[];
  failures: Failure[];
  events: EventRecord[];
}

export interface Projection {
  /** Ids of instances that are shown as alive: at start those that are not there any more are ended. */
  alive(): Promise<Instance[]>;
  write(batch: ProjectionBatch): Promise<void>;
}
