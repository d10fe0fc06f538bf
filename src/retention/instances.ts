import { sql } from 'drizzle-orm';
import type { Timestamp } from '../model/app.js';
import { type Db, rows } from '../store/db.js';
import type { Sweep } from './sweep.js';

/** Removed in one transaction. */
const LIMIT = 500;

/**
 * Removes what is shown of instances that ended before that time. Supervisors take away their own much sooner; this is
 * for what is left of a home that was lost or whose environment nobody runs any more.
 */
export function sweepInstances(before: Timestamp): Sweep {
  return { what: 'instances', batch: (tx) => removeEnded(tx, before) };
}

async function removeEnded(tx: Db, before: Timestamp) {
  const gone = await rows(
    tx,
    sql`delete from instances where (environment, id) in (
          select environment, id from instances
          where state in ('finished', 'failed', 'killed') and instance->>'endedAt' < ${before} limit ${LIMIT}
        ) returning 1`,
  );
  return { removed: gone.length, ...(gone.length === LIMIT ? { next: '' } : {}) };
}
