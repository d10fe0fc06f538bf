import type { DeploymentOptions, Step } from '../src/model/deployment.js';

/** Why the story ends before its last step. */
export interface Ending {
  kind: 'cancel' | 'close' | 'superseded' | 'reject' | 'failed';
  by: string;
  reason: string;
  /** A deployment that reverts this one is started (onFailure). */
  rollback?: boolean;
  /** Nothing was touched: the definitions go back, too. */
  restoreDefinitions?: boolean;
}

/** Input of the workflow: references and small numbers only, so that 1,000 apps stay far below Temporal's 2 MB. */
export interface DeploymentInput {
  id: string;
  environment: string;
  steps: Step[];
  options: DeploymentOptions;
  by: string;
  reason: string;
  /** Whether a freeze or window existed at the start; `calendarChanged` tells of later ones. */
  calendar?: boolean;
  /** Queue of the activities that touch the runtime, where it is not that of the environment. */
  runtimeQueue?: string;
  /** It rolls another one back. */
  rollback?: boolean;
  /** Set by continue-as-new. */
  resume?: ResumePoint;
}

/** Where a continued run goes on. */
export interface ResumePoint {
  /** Counts from 0. */
  step: number;
  /** Batches that are done, per index of the action in that step. */
  batches: number[];
  paused: boolean;
  firstBatchDone: boolean;
  options: DeploymentOptions;
  /** How often they were edited. */
  edits?: number;
  calendar: boolean;
  opened: string[];
  failures: number;
  ending?: Ending;
  /** Request ids that were answered. */
  answered: string[];
}
