import type { DeploymentOptions, Step } from '../src/model/deployment.js';

/** Why the story ends before its last step. */
export interface Ending {
  kind: 'cancel' | 'close' | 'superseded';
  by: string;
  reason: string;
}

/** Input of the workflow: references and small numbers only, so that 1,000 apps stay far below Temporal's 2 MB. */
export interface DeploymentInput {
  id: string;
  environment: string;
  steps: Step[];
  options: DeploymentOptions;
  by: string;
  reason: string;
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
  pauseMode: 'none' | 'first' | 'each';
  passes: number;
  ending?: Ending;
  /** Request ids that were answered. */
  answered: string[];
}
