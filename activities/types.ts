import type { PathId, ReleaseOptions } from '../src/model/app.js';
import type {
  Action,
  Channel,
  Command,
  CommandBody,
  DeploymentState,
  Gate,
  Outcome,
} from '../src/model/deployment.js';
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
  /** As they are now: the deployment's, else the app's. */
  options: ReleaseOptions;
  /** Failed instances with which the batch still goes on. */
  budget: number;
  /** `force` was given: do not wait for readiness. Bounds hold all the same. */
  acceptUnready?: boolean;
  /** It is held already: go on observing, without a deadline and whatever fails. */
  patient?: boolean;
}

/** Failed instances that a batch went on with. */
export interface BatchResult {
  failed: number;
}

/** Type of the failure of a batch whose instances fail or do not get ready in time. */
export const BATCH_FAILED = 'BatchFailed';

/** Details of such a failure: ids of the failed instances. */
export interface BatchFailure {
  failed: string[];
}

/** Activities that touch a runtime; task queue `runtime-<environment>`, or the workflow's own where all is one process. */
export interface RuntimeActivities {
  resolveArtifacts(ref: ActionRef): Promise<void>;
  startApplication(refs: ActionRef[]): Promise<void>;
  scaleApplication(ref: BatchRef): Promise<BatchResult>;
  restartApplication(ref: BatchRef): Promise<BatchResult>;
  killOldTasks(ref: BatchRef): Promise<BatchResult>;
  stopApplication(ref: ActionRef): Promise<void>;
  /** Ends those of the instances that are still not ready, so that others come for them, at once. */
  replaceFailed(ref: { environment: string; app: PathId; instances: string[] }): Promise<void>;
  /** Brings an app back to what it was before the deployment (cancel). */
  restoreApplication(ref: { deployment: string; environment: string; app: PathId }): Promise<void>;
}

/** Their names: how they are told from those that only write. */
export const RUNTIME_ACTIVITIES = [
  'resolveArtifacts',
  'startApplication',
  'scaleApplication',
  'restartApplication',
  'killOldTasks',
  'stopApplication',
  'replaceFailed',
  'restoreApplication',
] as const satisfies readonly (keyof RuntimeActivities)[];

/** A decision taken in the workflow, to be kept. */
export interface Decided {
  at: string;
  by: string;
  channel: Channel;
  command: string;
  reason?: string;
  description: string;
  /** Of a command that was taken: its repetition is known by it, also after the end. */
  requestId?: string;
}

export interface Transition {
  deployment: string;
  /** null = the gate was passed. Absent = unchanged. */
  gate?: Gate | null;
  state?: 'waiting' | 'running' | 'paused' | 'held';
  description?: string;
  decided?: Decided[];
  options?: object;
}

/** Whether apps may be released at a moment. */
export interface CalendarQuestion {
  environment: string;
  at: string;
  apps: PathId[];
  /** The window that the deployment names. */
  window?: string;
  /** Freezes and windows that a `force` opened. */
  except: string[];
}

export type CalendarAnswer =
  | { open: true }
  /** `by` names what is in the way; `until` is the next opening, absent where none is near. */
  | { open: false; by: string[]; until?: string; description: string };

/** Activities that write what the workflow decided; task queue `slipway`. */
export interface ControlActivities {
  record(transition: Transition): Promise<void>;
  /** Starts the deployment that reverts this one (signal `rollback`, or by itself after a failure). */
  rollback(request: { deployment: string; body: CommandBody }): Promise<void>;
  calendar(question: CalendarQuestion): Promise<CalendarAnswer>;
  conclude(end: {
    deployment: string;
    outcome: Outcome;
    description: string;
    restore?: boolean;
  }): Promise<void>;
}

/** A wave of a release over several environments. */
export interface WaveRef {
  deployment: string;
  /** Counts from 1. */
  wave: number;
  /** Counts from 1; each is a deployment of its own. */
  attempt: number;
}

/** A deployment that a release started: of a wave, or (without `wave`) one that undoes a wave. */
export interface WaveChildRef {
  deployment: string;
  child: string;
  wave?: number;
  environment: string;
}

/** How the deployment of a wave does. */
export interface WaveSeen {
  state: DeploymentState;
  description: string;
}

/** A wave is ended because its release is. */
export interface WaveEnd {
  deployment: string;
  /** Counts from 1. */
  wave: number;
  /** `cancel` also undoes a wave that is done. */
  how: 'cancel' | 'close';
  body: CommandBody;
}

/** Activities of a release over several environments; task queue `slipway`. */
export interface WaveActivities {
  /** It is the turn of a wave; something may stand before it. */
  reachWave(ref: Pick<WaveRef, 'deployment' | 'wave'>): Promise<void>;
  /** Accepts the deployment of a wave. */
  beginWave(ref: WaveRef): Promise<{ child: string }>;
  seeWave(ref: WaveChildRef): Promise<WaveSeen>;
  /** Hands a command on to the deployment of a wave. */
  commandWave(order: { child: string; command: Command; body: CommandBody }): Promise<void>;
  /** Ends or undoes a wave; the deployment that has to end before that is done. */
  endWave(end: WaveEnd): Promise<{ child?: string }>;
}
