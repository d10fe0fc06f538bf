import { sql } from 'drizzle-orm';
import type { Timestamp } from '../model/app.js';
import { type Sweep, sweepBy } from './sweep.js';

/**
 * Removes what is shown of instances that ended before that time. Supervisors take away their own much sooner; this is
 * for what is left of a home that was lost or whose environment nobody runs any more.
 */
export function sweepInstances(before: Timestamp): Sweep {
  return sweepBy(
    'instances',
    (limit) => sql`
      delete from instances where (environment, id) in (
        select environment, id from instances
        where state in ('finished', 'failed', 'killed') and instance->>'endedAt' < ${before} limit ${limit}
      ) returning 1`,
  );
}
