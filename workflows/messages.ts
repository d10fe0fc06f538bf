import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ActionName, CommandBody, Gate } from '../src/model/deployment.js';

/**
 * Commands that reach a running deployment. Each is a signal (no answer, for bots and `temporal workflow signal`)
 * and an update of the same name (with a validator, for callers that want an answer).
 */
export const WORKFLOW_COMMANDS = [
  'pause',
  'resume',
  'advance',
  'cancel',
  'close',
  'force',
  'retry',
  'rollback',
  'setPauseMode',
  'approve',
  'reject',
  'edit',
] as const;
export type WorkflowCommand = (typeof WORKFLOW_COMMANDS)[number];

export interface CommandAnswer {
  /** True where the request id had been answered before: nothing was done again. */
  repeated: boolean;
  description: string;
}

/** What `currentStep` answers: the same as the Deployment's fields of these names (api.md). */
export interface CurrentStep {
  currentStep: number;
  totalSteps: number;
  actions: { action: ActionName; app: string; batch?: number; batches?: number; done: boolean }[];
  /** Highest batch that runs in the step; 0 where none does. */
  batch: number;
  gate?: Gate;
  description: string;
}

export const commandSignal = (name: WorkflowCommand) => defineSignal<[CommandBody]>(name);
export const commandUpdate = (name: WorkflowCommand) => defineUpdate<CommandAnswer, [CommandBody]>(name);

/** A newer deployment took this one's apps over; sent by the dispatcher only. */
export const supersededSignal = defineSignal<[{ by: string }]>('superseded');

/** A freeze or window was added, changed or removed. */
export const calendarChangedSignal = defineSignal('calendarChanged');

/** The deployment of a wave came further; sent by the service only. */
export const waveChangedSignal = defineSignal('waveChanged');

export const currentStepQuery = defineQuery<CurrentStep>('currentStep');

export interface WorkflowStatus extends CurrentStep {
  id: string;
  state: 'waiting' | 'running' | 'paused' | 'held';
  by: string;
  reason: string;
  pauseMode: 'none' | 'first' | 'each';
}
export const statusQuery = defineQuery<WorkflowStatus>('status');
