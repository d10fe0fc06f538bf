import type { App, PathId, Timestamp } from '../model/app.js';
import type { Observation } from '../model/instance.js';

/** Bounds that hold at every moment by our own action (mission promise 1). */
export interface Bounds {
  /** Ready instances below which none is killed that is ready. */
  minReady: number;
  /** Instances of all versions, ending ones included, beyond which none is started. */
  maxTotal: number;
}

/**
 * How many instances of each version of an app should run.
 *
 * Where definitions are of a stateful app the sum is the number of ordinals, 0…n-1. As many as the split has of the newest
 * version (that of `app` of `apply`) carry it: ordinals that do already, then those that nothing was started under, then
 * one that is not ready, then the highest. The others keep the version that they have. One at a time is ended, those beyond
 * n first, from the highest; one that nothing was started under is filled when all lower ones are ready. Identity and data
 * stay with the ordinal, whoever is started under it, until it is wiped or the app is removed.
 */
export interface Declaration {
  /** Definition per run version; each version in `split` is here. The newest definition of the app is `app` of `apply`. */
  definitions: Record<Timestamp, App>;
  /** Wanted instances per run version; a version that is absent counts as 0. */
  split: Record<Timestamp, number>;
  bounds: Bounds;
  /** Seconds that an instance must be up and passing before it counts as ready. */
  minReadySeconds: number;
  /** Instances to end first, before killSelection decides (Marathon's scale-kill); ordinals are not chosen. */
  killFirst?: string[];
  /** The app is gone: once no instance is left the declaration is forgotten. */
  removed?: boolean;
}

/** Who declares: refused (TerminalError `stale`) when this deployment does not hold the app's lock any more. */
export interface Fence {
  deployment: string;
}

export interface Capacity {
  cpus: number;
  /** MiB. */
  mem: number;
  disk: number;
  ports: number;
}

export interface LogQuery {
  stream: 'stdout' | 'stderr';
  /** Last so many lines. */
  tail?: number;
  follow?: boolean;
  signal?: AbortSignal;
}

export interface ResolvedArtifact {
  uri: string;
  digest: string;
  bytes: number;
}

/**
 * What runs instances. One narrow interface; test/runtimes/contract.ts is the suite that each must pass.
 * Every call may be repeated (activities run at least once).
 */
export interface Runtime {
  /** Fetches artifacts or pulls images, verifies, reports digests. Nothing is started. */
  resolve(app: App, signal?: AbortSignal): Promise<ResolvedArtifact[]>;

  /** Declares how many instances of each version; returns when the declaration is durable. Repeated, it changes nothing. */
  apply(app: App, declaration: Declaration, fence: Fence): Promise<void>;

  /** Every instance of every version, ended ones for a while too, and what waits. */
  observe(app: PathId): Promise<Observation>;

  /** Calls the listener after each change of the app's observation, until the returned function is called. */
  watch(app: PathId, listener: () => void): () => void;

  /** Returns once all that `observe` showed before the call can be read from the database too. */
  flush(): Promise<void>;

  /** Ends instances; the split decides whether they are replaced. `wipe` forgets their identity and data, not their ordinal. */
  kill(instances: string[], options?: { graceSeconds?: number; wipe?: boolean }): Promise<void>;

  /** Clears the back-off of an app. */
  resetDelay(app: PathId): Promise<void>;

  /** Lines of an instance's output, from its rotated files. */
  logs(instance: string, query: LogQuery): AsyncIterable<string>;

  /** What there is and what is taken. */
  capacity(): Promise<{ total: Capacity; taken: Capacity }>;
}
