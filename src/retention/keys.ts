import { sql } from 'drizzle-orm';
import type { Timestamp } from '../model/app.js';
import { type Sweep, sweepBy } from './sweep.js';

/**
 * Removes idempotency keys from before that time. Those of deployments that have not ended stay, and so do those under
 * which a live one starts others (its id is their fingerprint): its activities may be repeated after any time.
 */
export function sweepKeys(before: Timestamp): Sweep {
  return sweepBy(
    'keys',
    (limit) => sql`
      delete from idempotency where (environment, key) in (
        select k.environment, k.key from idempotency k
        where k.at < ${before} and not exists (
          select 1 from deployments d where d.id in (k.deployment_id, k.fingerprint) and d.ended_at is null
        )
        order by k.at limit ${limit}
      ) returning 1`,
  );
}
