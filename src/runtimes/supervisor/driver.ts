import type { Answer, Limit } from '../../checks/answer.js';
import type { App, PathId, Timestamp } from '../../model/app.js';

/** What an instance was started from. Written before its start, never changed. */
export interface InstanceRecord {
  id: string;
  app: PathId;
  /** Run version. */
  version: Timestamp;
  uuid: string;
  incarnation: number;
  /** Of a stateful app's instance. */
  ordinal?: number;
  host: string;
  ports: number[];
  stagedAt: Timestamp;
  definition: App;
}

/** Where an instance lives. */
export interface Folders {
  /** Its records, its outputs and its sandbox. */
  dir: string;
  /** Holds the volumes that stay with its ordinal; absent where it has none. */
  volumes?: string;
}

/** Why and until when an instance is ended by us. */
export interface KillOrder {
  at: Timestamp;
  /** After it SIGKILL. */
  deadline: Timestamp;
  reason: string;
  /** It is not replaced under the same identity: the count went down, or it was wiped. */
  decommission: boolean;
  /** A health check failed too often: shown as the app's last failure. */
  unhealthy: boolean;
  /** The instance is at fault itself: it ends as failed, for this reason, and its replacement waits for the back-off. */
  failed?: boolean;
  /** Its preStop hook has been carried out: it is not again after a restart of the service. */
  preStop?: { at: Timestamp; failure?: string };
}

/** What happened to an instance since. Rewritten with every change; a crash reads it back. */
export interface InstanceHistory {
  startedAt?: Timestamp;
  /** Its postStart hook ended well; without this, an instance that has such a hook is not running yet. */
  postStartedAt?: Timestamp;
  /** It was ready once: after a restart of the service its first passing checks suffice. */
  readyAt?: Timestamp;
  kill?: KillOrder;
  end?: { state: 'finished' | 'failed' | 'killed'; at: Timestamp; exitStatus?: number; message: string };
}

/** How an instance ended by itself or by a signal. */
export interface Exit {
  /** 0–255, or 128 + signal. */
  exitStatus?: number;
  message: string;
}

/** What became of an instance while the service was away. */
export type Recovered =
  | { state: 'running'; pid?: number; startedAt?: Timestamp }
  | { state: 'exited'; exit: Exit; startedAt?: Timestamp }
  /** The service ended before it was started. */
  | { state: 'neverStarted' };

/** What runs single instances for the supervisor: processes, containers. */
export interface Driver {
  /** A sentence where this runtime can never run the app. */
  cannotRun(app: App): string | undefined;
  /**
   * Starts the instance in its folders. `isWanted` is asked at the last moment; undefined = it was not wanted any more.
   * Throws where it cannot be started; the message becomes the failure's.
   */
  start(
    record: InstanceRecord,
    folders: Folders,
    isWanted: () => boolean,
  ): Promise<{ pid?: number } | undefined>;
  /** Takes over what runs already. Called once for each instance that has not ended, before anything is started. */
  recover(records: { record: InstanceRecord; dir: string }[]): Promise<Map<string, Recovered>>;
  signal(id: string, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Runs a command next to the instance (COMMAND checks, hooks). */
  command(record: InstanceRecord, dir: string, command: string, limit: Limit): Promise<Answer>;
  /**
   * Memory in MiB of those instances that take more than their limit (MiB by id). A runtime that holds them to it by other
   * means gives none.
   */
  beyondLimits(limits: ReadonlyMap<string, number>): Promise<Map<string, number>>;
  /** Called once for each started or recovered instance, when it has ended. */
  onExit(listener: (id: string, exit: Exit) => void): void;
  /** Ends what an ended instance left behind. `isAlive` tells which instances still have a right to processes. */
  sweep(isAlive: (id: string) => boolean): Promise<void>;
  stop(): void;
}
