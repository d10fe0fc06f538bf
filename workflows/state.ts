import type { ReleaseOptions } from '../src/model/app.js';
import type { ApprovalOptions } from '../src/model/approval.js';
import { SITUATIONS, type Situation } from '../src/model/command-table.js';
import {
  type Action,
  type CommandBody,
  type Defaulted,
  type DeploymentOptions,
  type Gate,
  RELEASE_DEFAULTS,
} from '../src/model/deployment.js';
import type { WorkflowCommand } from './messages.js';
import type { DeploymentInput, Ending } from './types.js';

/** How far one action of the present step is. */
export interface Running {
  action: Action;
  /** Counts from 1; 0 before the first. */
  batch: number;
  batches: number;
  done: boolean;
}

/** A wave whose deployment was accepted. */
export interface RunningWave {
  child: string;
  /** Commands that are for its deployment, in order. */
  handOn: { command: WorkflowCommand; body: CommandBody }[];
}

/** A gate that something waits at. */
export interface Wait {
  gate: Gate;
  /** Freezes and windows that are in the way; `force` opens them for this deployment. */
  by?: string[];
}

/** All that a deployment's workflow knows beside its input. Message handlers change it; the story awaits it. */
export interface State {
  /** Who started it: may not approve. */
  startedBy: string;
  /** It releases a stateful app, for which not every strategy is possible. */
  ordered: boolean;
  /** Counts from 1; 0 before the first. */
  step: number;
  running: Running[];
  /** As they are after edits; the apps' own defaults stand behind them. */
  options: DeploymentOptions;
  paused: boolean;
  /** A batch with others after it has ended: the pause mode `first` has had its pause. */
  firstBatchDone: boolean;
  /** Every gate that something waits at now; several actions may wait at several. */
  waits: Wait[];
  /** Of these, the one that is shown. */
  gate?: Gate;
  /** Count `resume` and `advance`, `force`, `retry`, edits and news of the calendar, so that who waits notices. */
  opens: number;
  forces: number;
  /** What `force` ends: an attempt each. A condition for each would be looked at after every event of a thousand. */
  interrupts: Set<() => void>;
  retries: number;
  edits: number;
  calendarNews: number;
  /** Whether any freeze or window exists; none is asked for otherwise. */
  calendar: boolean;
  /** Approvals that it waits for, or waited for last. */
  approval?: ApprovalOptions;
  /** The wave that runs. */
  wave?: RunningWave;
  /** Counts news of the deployments of its waves. */
  waveNews: number;
  /** Freezes and windows that were forced. */
  opened: string[];
  approvedBy: string[];
  approvalForced: boolean;
  startForced: boolean;
  /** Failed instances that it went on with. */
  failures: number;
  ending?: Ending;
  /** The deployment that took over; ends a restore, too. */
  supersededBy?: string;
  answered: string[];
  description: string;
}

export function initialState(input: DeploymentInput): State {
  const { resume } = input;
  return {
    startedBy: input.by,
    ordered: input.steps.some(({ actions }) => actions.some(({ rollout }) => rollout?.ordered)),
    step: resume ? resume.step : 0,
    running: [],
    options: resume?.options ?? input.options,
    paused: resume?.paused ?? false,
    firstBatchDone: resume?.firstBatchDone ?? false,
    waits: [],
    opens: 0,
    forces: 0,
    interrupts: new Set(),
    retries: 0,
    edits: resume?.edits ?? 0,
    calendarNews: 0,
    waveNews: 0,
    calendar: resume?.calendar ?? input.calendar ?? false,
    opened: resume?.opened ?? [],
    ...(input.options.approval ? { approval: input.options.approval } : {}),
    approvedBy: [],
    approvalForced: false,
    startForced: false,
    failures: resume?.failures ?? 0,
    answered: resume?.answered ?? [],
    description: 'starts',
    ...(resume?.ending ? { ending: resume.ending } : {}),
  };
}

/** Highest batch that runs; 0 where none does. */
export function currentBatch(state: State): number {
  return Math.max(0, ...state.running.filter((r) => !r.done).map((r) => r.batch));
}

/** Options that hold for an action now: the deployment's, else the app's, else the defaults. */
export function optionsFor(state: State, action: Action): ReleaseOptions & Defaulted {
  const options = { ...RELEASE_DEFAULTS, ...action.release, ...state.options };
  return state.options.fast ? { ...options, pauseMode: 'none' } : options;
}

/** Every situation that it is in: actions of one step may be in several. */
export function situationsOf(state: State): Situation[] {
  if (state.ending) return ['ending'];
  const found = new Set<Situation>(state.waits.map(({ gate }) => situationAt(gate, state.paused)));
  const left = state.running.filter(({ done }) => !done).length;
  if (found.size === 0 || left > state.waits.length) found.add(state.paused ? 'pausing' : 'running');
  return [...found];
}

function situationAt({ kind }: Gate, paused: boolean): Situation {
  if (kind === 'pause') return paused ? 'paused' : 'between';
  if (kind === 'failure') return 'held';
  return kind in SITUATIONS ? (kind as Situation) : 'running';
}
