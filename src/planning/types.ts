import type { PathId, Timestamp } from '../model/app.js';
import type { Bounds } from '../runtimes/runtime.js';

/** Where a batch ends. A batch is done when `new` instances of the new version are ready and at most `old` others are left. */
export interface BatchGoal {
  /** Cumulative over the batches; the last is the wanted count. */
  new: number;
  old: number;
}

/** All batches of a rolling action, and the bounds that hold for the whole of it. */
export interface Batches {
  goals: BatchGoal[];
  bounds: Bounds;
  /** Wanted instances at the end: so many that are of the new version already are kept, whatever the goal of the batch. */
  instances: number;
  /**
   * DeleteFirst: old ones have ended before new ones start. InPlace: a new one takes the place of an old one, so both are
   * declared at once and the runtime ends the one before it starts the other (stateful apps).
   */
  order: 'CreateFirst' | 'DeleteFirst' | 'Both' | 'InPlace';
  /** Only fewer of the same: it is done when the surplus is gone, whatever the health of the rest (Marathon 1.11). */
  fewer?: boolean;
}

/** One instance as the engine sees it. */
export interface Seen {
  version: Timestamp;
  ready: boolean;
  /** Told to end, still there. */
  ending: boolean;
}

/** What the engine decides next. */
export type Decision =
  | { kind: 'split'; split: Record<Timestamp, number> }
  | { kind: 'wait'; for: string }
  | { kind: 'done' };

/** Peak and fewest, from the same engine as the execution (api.md rule 10). */
export interface PlanPreview {
  steps: {
    actions: {
      action: string;
      app: PathId;
      instances: number;
      batches: number[];
      restarts: boolean;
      reason: string;
    }[];
  }[];
  peakInstances: number;
  fewestHealthy: number;
  apps: Record<PathId, { peakInstances: number; fewestHealthy: number }>;
  resources: { cpus: number; mem: number; disk: number };
  fits: boolean;
  doesNotFit: { app: PathId; resource: string; wanted: number; free: number }[];
  warnings: string[];
  notCarriedOver: { path: string; why: string }[];
  /** Of a release over several environments: what it does in each, in order. The rest is then the most and least of all. */
  waves?: { environment: string; plan: PlanPreview }[];
}
