import type { SQL } from 'drizzle-orm';
import { type Db, rows } from '../store/db.js';

/** How long what has ended is kept, and how much of it. */
export interface Keeping {
  /** Ended deployments, and apps and groups that were removed. */
  deploymentDays: number;
  eventDays: number;
  /** Idempotency keys. */
  keyDays: number;
  /** Versions of each group; those of an app are as its `revisionHistoryLimit` says. */
  groupVersions: number;
}

/** What a small transaction removed. */
export interface Batch {
  removed: number;
  /** Where the next one goes on; absent where there is nothing more to look at. */
  next?: string;
}

/** Removes one kind of thing, a little at a time. */
export interface Sweep {
  /** For the log. */
  what: string;
  /** Looks at the next few after that place; '' is the beginning. May be repeated, and left off at any time. */
  batch(tx: Db, after: string): Promise<Batch>;
}

/** Removed in one transaction. */
const LIMIT = 500;

/** A sweep by one statement, which removes so many rows at most and returns one for each. */
export function sweepBy(what: string, removal: (limit: number) => SQL): Sweep {
  return {
    what,
    batch: async (tx) => {
      const { length: removed } = await rows(tx, removal(LIMIT));
      return { removed, ...(removed === LIMIT ? { next: '' } : {}) };
    },
  };
}
