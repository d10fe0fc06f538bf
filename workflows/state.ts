import type { PauseMode } from '../src/model/app.js';
import type { Action, Gate } from '../src/model/deployment.js';
import type { DeploymentInput, Ending } from './types.js';

/** How far one action of the present step is. */
export interface Running {
  action: Action;
  /** Counts from 1; 0 before the first. */
  batch: number;
  batches: number;
  done: boolean;
}

/** All that a deployment's workflow knows beside its input. Message handlers change it; the story awaits it. */
export interface State {
  /** Counts from 1; 0 before the first. */
  step: number;
  running: Running[];
  paused: boolean;
  pauseMode: PauseMode;
  /** Batches that `advance` lets through a pause. */
  passes: number;
  batchesDone: number;
  /** The gate that holds it now, once something waits there. */
  gate?: Gate;
  /** Actions that failed for good and wait for a decision. */
  failed: number;
  /** Counts `retry` and `force`, so that a waiting action notices one that came after it failed. */
  retries: number;
  forces: number;
  ending?: Ending;
  /** The deployment that took over; ends a restore, too. */
  supersededBy?: string;
  answered: string[];
  description: string;
}

export function initialState(input: DeploymentInput): State {
  const { resume, options } = input;
  return {
    step: resume ? resume.step : 0,
    running: [],
    paused: resume?.paused ?? false,
    pauseMode: resume?.pauseMode ?? options.pauseMode ?? 'none',
    passes: resume?.passes ?? 0,
    batchesDone: resume ? 1 : 0,
    failed: 0,
    retries: 0,
    forces: 0,
    answered: resume?.answered ?? [],
    description: 'starts',
    ...(resume?.ending ? { ending: resume.ending } : {}),
  };
}

/** Highest batch that runs; 0 where none does. */
export function currentBatch(state: State): number {
  return Math.max(0, ...state.running.filter((r) => !r.done).map((r) => r.batch));
}
