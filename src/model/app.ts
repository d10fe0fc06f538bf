/** Absolute path of an app or group: `/product/db`. Lower case, no trailing slash; the root is `/`. */
export type PathId = string;

/** UTC time with milliseconds, `2026-01-31T09:30:00.000Z`: the name of a version. */
export type Timestamp = string;

export interface PortDefinition {
  /** Service port; 0 asks for a free one of 10000–20000 (Marathon 1.11). */
  port: number;
  name?: string;
  protocol: 'tcp' | 'udp' | 'udp,tcp';
  labels: Record<string, string>;
}

export interface PortMapping {
  containerPort: number;
  /** 0 = any free port; absent outside bridge networks. */
  hostPort?: number;
  servicePort: number;
  name?: string;
  protocol: 'tcp' | 'udp' | 'udp,tcp';
  labels: Record<string, string>;
}

interface Volume {
  containerPath: string;
  hostPath?: string;
  mode: 'RO' | 'RW';
  /** Size in MiB of a persistent volume. */
  persistent?: { size: number };
}

export interface Container {
  type: 'DOCKER' | 'MESOS';
  docker?: {
    image: string;
    forcePullImage: boolean;
    privileged: boolean;
    parameters: { key: string; value: string }[];
  };
  portMappings?: PortMapping[];
  volumes: Volume[];
}

export interface Network {
  mode: 'host' | 'container' | 'container/bridge';
  name?: string;
  labels: Record<string, string>;
}

/** Health check, Marathon 1.11. Durations in seconds. */
export interface HealthCheck {
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND' | 'MESOS_HTTP' | 'MESOS_HTTPS' | 'MESOS_TCP';
  path?: string;
  /** Index into the app's ports; absent where `port` or `command` is given. */
  portIndex?: number;
  /** Name of a port definition or mapping, instead of `portIndex`. */
  portName?: string;
  port?: number;
  command?: string;
  gracePeriodSeconds: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  /** Consecutive failures beyond which the instance is killed; 0 = never. */
  maxConsecutiveFailures: number;
  delaySeconds: number;
  ipProtocol: 'IPv4' | 'IPv6';
  ignoreHttp1xx: boolean;
}

/** A limit in the unit of the amount, or none on purpose. */
type ResourceLimit = number | 'unlimited';

/** What an instance may take at most, beyond what is set aside for it (Marathon 1.10). */
export interface ResourceLimits {
  cpus?: ResourceLimit;
  /** MiB. */
  mem?: ResourceLimit;
}

/** Asked until it passes once, then never again (Marathon 1.11). */
export interface ReadinessCheck {
  name: string;
  protocol: 'HTTP' | 'HTTPS';
  path: string;
  portName: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  httpStatusCodesForReady: number[];
  preserveLastResponse: boolean;
}

/** One request to the instance itself; its first port where none is named. */
interface HttpHook {
  scheme: 'HTTP' | 'HTTPS';
  path: string;
  portIndex?: number;
  portName?: string;
  port?: number;
}

/** Something done beside an instance: a line for the shell in its sandbox and environment, or a request that has to be answered with 200 to 399. */
export type Hook = { command: string } | { http: HttpHook };

/** Hooks at the beginning and the end of an instance (Kubernetes' container lifecycle). */
interface Hooks {
  /** After the start; the instance is not running before it has ended. It fails when it takes longer than `timeoutSeconds` (600). */
  postStart?: Hook & { timeoutSeconds?: number };
  /** Before SIGTERM, within the grace period; whatever comes of it, the instance is ended then. */
  preStop?: Hook;
}

/** Something fetched into the sandbox before the start. */
export interface Artifact {
  uri: string;
  extract: boolean;
  executable: boolean;
  cache: boolean;
  destPath?: string;
  /** `sha256:<hex>`; checked where given. */
  checksum?: string;
}

/** Marathon's rolling strategy. `maximumOverCapacity` changes the rule where it is stated (see planning/bounds). */
export interface UpgradeStrategy {
  /** 0…1: share of instances that stays healthy. */
  minimumHealthCapacity: number;
  /** 0…1: share of instances that may run beyond the wanted ones. */
  maximumOverCapacity?: number;
}

/** How a release goes; all of api.md. */
export type Strategy =
  | ({ type: 'marathon' } & UpgradeStrategy)
  | {
      type: 'rolling';
      maxSurge: number | string;
      maxUnavailable: number | string;
      order?: 'CreateFirst' | 'DeleteFirst';
      intervalSeconds?: number;
      manual?: boolean;
    }
  | { type: 'recreate' }
  | { type: 'batches'; batches: number | (number | string)[] }
  | {
      type: 'canary';
      steps: { instances?: number; percent?: number; pauseSeconds?: number; manual?: boolean }[];
    }
  | { type: 'blueGreen'; manual?: boolean; keepOldSeconds?: number };

export const PAUSE_MODES = {
  none: 'never pauses by itself',
  first: 'pauses after the first batch',
  each: 'pauses after every batch but the last',
} as const;
export type PauseMode = keyof typeof PAUSE_MODES;

/** Options of a release; also an app's defaults under `release`. Durations in seconds. */
export interface ReleaseOptions {
  strategy?: Strategy;
  pauseMode?: PauseMode;
  minReadySeconds?: number;
  progressDeadlineSeconds?: number;
  failureBudget?: number;
  holdSeconds?: number;
  onFailure?: 'hold' | 'rollback' | 'fail';
  revisionHistoryLimit?: number;
}

/** The definition of an app in the one internal form; Marathon's new form plus `stateful` and `release`. */
export interface App {
  id: PathId;
  cmd?: string;
  args?: string[];
  user?: string;
  instances: number;
  cpus: number;
  /** MiB. */
  mem: number;
  /** MiB. */
  disk: number;
  gpus: number;
  resourceLimits?: ResourceLimits;
  executor: string;
  env: Record<string, string | { secret: string }>;
  labels: Record<string, string>;
  secrets: Record<string, { source: string }>;
  networks: Network[];
  portDefinitions: PortDefinition[];
  requirePorts: boolean;
  container?: Container;
  healthChecks: HealthCheck[];
  readinessChecks: ReadinessCheck[];
  fetch: Artifact[];
  dependencies: PathId[];
  /** `[field, operator, value?]`. */
  constraints: string[][];
  acceptedResourceRoles?: string[];
  upgradeStrategy: UpgradeStrategy;
  backoffSeconds: number;
  backoffFactor: number;
  maxLaunchDelaySeconds: number;
  taskKillGracePeriodSeconds?: number;
  hooks?: Hooks;
  killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST';
  unreachableStrategy: 'disabled' | { inactiveAfterSeconds: number; expungeAfterSeconds: number };
  /**
   * Instances have ordinals 0…n-1 that stay with them over replacement and versions; they start one by one in order,
   * end in reverse, and are replaced in place (Kubernetes' StatefulSet, OrderedReady). Absent = false.
   */
  stateful?: boolean;
  release?: ReleaseOptions;
  /** Version of this definition. */
  version: Timestamp;
  /**
   * `lastConfigChangeAt` names the *run version*: instances carry it, and only a change that needs new
   * instances moves it (not scaling, not labels, checks, strategy or back-off).
   */
  versionInfo: { lastScalingAt: Timestamp; lastConfigChangeAt: Timestamp };
}

/** The version that instances of this definition carry. */
export function runVersion(app: Pick<App, 'versionInfo'>): Timestamp {
  return app.versionInfo.lastConfigChangeAt;
}
