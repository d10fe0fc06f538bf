import type { PathId, Timestamp } from './app.js';

/** Closed set of an instance's states, each with a sentence. */
export const INSTANCE_STATES = {
  staging: 'artifacts are fetched, its sandbox is made, and its postStart hook runs',
  running: 'its process runs',
  killing: 'it was told to end and has its grace period',
  finished: 'it ended by itself with exit status 0',
  failed: 'it ended by itself with another exit status or a signal',
  killed: 'it was ended by us',
} as const;
export type InstanceState = keyof typeof INSTANCE_STATES;

/** True while the instance takes resources. */
export function isAlive(state: InstanceState): boolean {
  return state === 'staging' || state === 'running' || state === 'killing';
}

/** Result of one health check of one instance (Marathon's healthCheckResults). */
export interface CheckResult {
  alive: boolean;
  consecutiveFailures: number;
  firstSuccess?: Timestamp;
  lastSuccess?: Timestamp;
  lastFailure?: Timestamp;
  lastFailureCause?: string;
}

export interface ReadinessResult {
  name: string;
  ready: boolean;
  lastResponse?: { status: number; contentType: string; body: string };
}

/** One running copy of one version of an app. */
export interface Instance {
  /** `product_db.instance-<uuid>._app.<incarnation>` (Marathon 1.11's form). */
  id: string;
  app: PathId;
  /** Run version of the definition that it was started from. */
  version: Timestamp;
  /** Of a stateful app's instance: which of 0…n-1 it is. No two that are alive have the same. */
  ordinal?: number;
  state: InstanceState;
  /** Running, every check passed, readiness passed once, and for minReadySeconds. */
  ready: boolean;
  /** All health checks pass now; null where there are none or no result yet. */
  healthy: boolean | null;
  host: string;
  ports: number[];
  stagedAt: Timestamp;
  startedAt?: Timestamp;
  /** Since when it is in this state and readiness. */
  since: Timestamp;
  endedAt?: Timestamp;
  /** Process group; absent outside the process runtime. */
  pid?: number;
  /** 0–255, or 128 + signal. */
  exitStatus?: number;
  /** A sentence: why it is not ready, or how it ended. */
  message?: string;
  healthCheckResults: CheckResult[];
  readinessResults: ReadinessResult[];
}

/** Instances that are wanted but not launched, and why. */
export interface Waiting {
  app: PathId;
  version: Timestamp;
  count: number;
  since: Timestamp;
  /** `order`: it was not started yet, and its turn comes when those before it are ready (stateful apps). */
  reason: 'backoff' | 'resources' | 'constraint' | 'order';
  /** A sentence: "needs 2 cpus, 0.5 are free". */
  description: string;
  /** Resources that were missing: names as in Marathon's NoOfferMatchReason. */
  missing: (
    | 'InsufficientCpus'
    | 'InsufficientMemory'
    | 'InsufficientDisk'
    | 'InsufficientPorts'
    | 'UnfulfilledConstraint'
  )[];
  /** End of the back-off. */
  until?: Timestamp;
}

/** The last instance of an app that failed (Marathon's lastTaskFailure). */
export interface Failure {
  app: PathId;
  instance: string;
  host: string;
  message: string;
  state: InstanceState;
  at: Timestamp;
  version: Timestamp;
}

/** All that a runtime knows of one app. */
export interface Observation {
  instances: Instance[];
  waiting: Waiting[];
  lastFailure?: Failure;
  /** Wanted instances per run version, as they were declared last; absent where nothing is, or the runtime cannot tell. */
  declared?: Record<Timestamp, number>;
}
