import type { PathId, PauseMode, ReleaseOptions, Strategy, Timestamp } from './app.js';
import type { ApprovalOptions } from './approval.js';
import type { ReadinessResult } from './instance.js';
import type { Wave } from './wave.js';

/** The actions of a plan, each with a sentence. */
export const ACTIONS = {
  ResolveArtifacts: 'fetches and verifies what the app needs; starts nothing',
  StartApplication: 'makes the app known with 0 instances',
  ScaleApplication: 'brings the app to its count of instances of the wanted version',
  RestartApplication: 'replaces instances batch by batch',
  StopApplication: 'ends all instances and forgets the app',
  KillAllOldTasksOf: 'ends all instances of older versions at once',
  ReleaseWave: 'releases the change in one environment, by a deployment of its own',
} as const;
export type ActionName = keyof typeof ACTIONS;

/** How an action rolls: all that the pure engine needs. Small: it travels in the workflow's input. */
export interface Rollout {
  /** Wanted instances. */
  instances: number;
  /** Instances wanted before. */
  from: number;
  strategy: Strategy;
  /** Nothing but surplus instances end: done when they have, whatever the health of the rest (Marathon 1.11). */
  fewer?: true;
  /** The app is stateful: one after another takes the place of the one before. */
  ordered?: true;
}

export interface Action {
  action: ActionName;
  /** Of a wave the name of its environment. */
  app: PathId;
  /** Set for ReleaseWave. */
  wave?: Wave;
  /** Set for ScaleApplication, RestartApplication and KillAllOldTasksOf. */
  rollout?: Rollout;
  /** Why the action is in the plan: "cmd changed", "instances 3 → 5". */
  reason?: string;
  /** Instances to end first (scale-kill). */
  kill?: string[];
  /** The app's own defaults; options of the deployment go before them. */
  release?: ReleaseOptions;
}

/** Actions of a step run at the same time. */
export interface Step {
  actions: Action[];
}

/** Steps run one after another. */
export interface Plan {
  steps: Step[];
  affectedApps: PathId[];
  warnings: string[];
}

export const DEPLOYMENT_STATES = {
  accepted: 'stored; its workflow has not started',
  queued: 'waits for its turn on a lock',
  waiting: 'waits for an approval, its start time or a window',
  running: 'carries out its steps',
  paused: 'held at a pause',
  held: 'held by a failing batch until somebody decides',
  succeeded: 'reached the wanted state',
  failed: 'ended without reaching it; things are left as they were then',
  cancelled: 'ended on command; the old state was restored',
  superseded: 'ended because a newer deployment took over its apps',
} as const;
export type DeploymentState = keyof typeof DEPLOYMENT_STATES;
export type Outcome = Extract<DeploymentState, 'succeeded' | 'failed' | 'cancelled' | 'superseded'>;

export function isEnded(state: DeploymentState): state is Outcome {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled' || state === 'superseded';
}

export const GATE_KINDS = {
  pause: 'a person paused it, or its pause mode did',
  approval: 'it needs approvals',
  window: 'no release window is open, or a freeze is on',
  startTime: 'its start time has not come',
  lock: 'another deployment holds an app',
  failure: 'a batch failed',
  readiness: 'instances are not ready yet',
} as const;
export type GateKind = keyof typeof GATE_KINDS;

export interface Gate {
  kind: GateKind;
  since: Timestamp;
  until?: Timestamp;
  /** What happens at `until`. */
  then?: string;
  /** Who can open it. */
  who?: string;
  description: string;
}

/** Instances of the old or new versions within an action. */
export interface Counts {
  running: number;
  ready: number;
  wanted: number;
}

export type ActionState = 'pending' | 'running' | 'done' | 'cancelled';

export interface ActionProgress {
  action: ActionName;
  app: PathId;
  state: ActionState;
  description: string;
  /** Counts from 1. */
  batch?: number;
  batches?: number;
  old?: Counts;
  new?: Counts;
  readiness?: { instance: string; results: ReadinessResult[] }[];
}

/** What a deployment changed, per app and group: what a rollback reverts. null = was or is not there. */
export interface ChangeSet {
  apps: Record<PathId, { from: Timestamp | null; to: Timestamp | null }>;
  groups: Record<PathId, { from: PathId[] | null; to: PathId[] | null }>;
}

export interface DeploymentOptions extends ReleaseOptions {
  lock?: 'refuse' | 'queue' | 'supersede';
  approval?: ApprovalOptions;
  /** Nothing is done before. */
  startAt?: Timestamp;
  /** Name of the window in which it may run. */
  window?: string;
  /** A rollback that is not batched: all at once within the bounds of the strategy, without pauses. */
  fast?: boolean;
}

/** Options without which no release goes. */
export type Defaulted = Required<
  Pick<ReleaseOptions, 'pauseMode' | 'progressDeadlineSeconds' | 'failureBudget' | 'onFailure'>
>;

/** What holds where nobody says otherwise. The deadline is that of Kubernetes. */
export const RELEASE_DEFAULTS: Defaulted = {
  pauseMode: 'none',
  progressDeadlineSeconds: 600,
  failureBudget: 0,
  onFailure: 'hold',
};

/** A wave as far as it is: as its own deployment, once that was accepted. */
export interface WaveProgress extends Wave {
  state: 'pending' | DeploymentState;
  deployment?: string;
}

/** A deployment as /api shows it (api.md). */
export interface Deployment {
  id: string;
  environment: string;
  version: Timestamp;
  state: DeploymentState;
  /** Always a sentence for a person. */
  description: string;
  affectedApps: PathId[];
  steps: { actions: ActionProgress[] }[];
  /** Counts from 1; 0 before the first. */
  currentStep: number;
  totalSteps: number;
  gate?: Gate;
  options: DeploymentOptions;
  by: string;
  reason: string;
  warnings: string[];
  acceptedAt: Timestamp;
  startedAt?: Timestamp;
  endedAt?: Timestamp;
  outcome?: Outcome;
  supersedes?: string[];
  supersededBy?: string;
  rollbackOf?: string;
  rolledBackBy?: string;
  /** Of a release over several environments. */
  waves?: WaveProgress[];
  /** The release over several environments that this one is a wave of. */
  parent?: string;
}

export const CHANNELS = ['api', 'cli', 'chat', 'signal', 'system'] as const;
export type Channel = (typeof CHANNELS)[number];

export const COMMANDS = {
  pause: 'holds at the next batch or step; the batch that runs finishes',
  resume: 'opens a pause',
  advance: 'lets one batch go',
  cancel: 'restores the old state and ends as cancelled',
  close: 'ends as failed and leaves things as they are',
  force: 'goes on past what holds it now',
  retry: 'replaces failed instances',
  rollback: 'starts a deployment that reverts this one',
  setPauseMode: 'switches the pause mode',
  approve: 'agrees that it begins',
  reject: 'ends it before it begins',
  edit: 'changes the options of what has not run yet',
} as const;
export type Command = keyof typeof COMMANDS;

/** Body of a command, the same for REST, signals and updates. */
export interface CommandBody {
  by?: string;
  reason?: string;
  requestId?: string;
  expect?: { step?: number; batch?: number };
  channel?: Channel;
  mode?: PauseMode;
  /** Of who asks, for approvals. */
  roles?: string[];
  /** Only for rollback: by the strategy, not all at once. */
  batched?: boolean;
  /** Only for edit. */
  options?: DeploymentOptions;
}

/** One decision, of a person or of the system. */
export interface LedgerEntry {
  at: Timestamp;
  deployment: string;
  app?: PathId;
  by: string;
  channel: Channel;
  command: string;
  reason?: string;
  description: string;
}
