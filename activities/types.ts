import type { PathId } from '../src/model/app.js';
import type { Action, Channel, CommandBody, Gate, Outcome } from '../src/model/deployment.js';
import type { BatchGoal } from '../src/planning/types.js';

/** Which action of which deployment an activity works for. */
export interface ActionRef {
  deployment: string;
  environment: string;
  /** Counts from 1. */
  step: number;
  /** Index within the step. */
  index: number;
  action: Action;
}

export interface BatchRef extends ActionRef {
  /** Counts from 1. */
  batch: number;
  batches: number;
  goal: BatchGoal;
  /** `force` was given: do not wait for readiness. Bounds hold all the same. */
  acceptUnready?: boolean;
}

/** Activities that touch a runtime; task queue `runtime-<environment>`. */
export interface RuntimeActivities {
  resolveArtifacts(ref: ActionRef): Promise<void>;
  startApplication(refs: ActionRef[]): Promise<void>;
  scaleApplication(ref: BatchRef): Promise<void>;
  restartApplication(ref: BatchRef): Promise<void>;
  killOldTasks(ref: BatchRef): Promise<void>;
  stopApplication(ref: ActionRef): Promise<void>;
  /** Brings an app back to what it was before the deployment (cancel). */
  restoreApplication(ref: { deployment: string; environment: string; app: PathId }): Promise<void>;
}

/** A decision taken in the workflow, to be kept. */
export interface Decided {
  at: string;
  by: string;
  channel: Channel;
  command: string;
  reason?: string;
  description: string;
}

export interface Transition {
  deployment: string;
  /** null = the gate was passed. Absent = unchanged. */
  gate?: Gate | null;
  state?: 'waiting' | 'running' | 'paused' | 'held';
  description?: string;
  decided?: Decided[];
  options?: Record<string, unknown>;
}

/** Activities that write what the workflow decided; task queue `slipway`. */
export interface ControlActivities {
  record(transition: Transition): Promise<void>;
  /** Starts the deployment that reverts this one (signal `rollback`). */
  rollback(request: { deployment: string; body: CommandBody }): Promise<void>;
  conclude(end: {
    deployment: string;
    outcome: Outcome;
    description: string;
    restore?: boolean;
  }): Promise<void>;
}
