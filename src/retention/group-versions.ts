import { sql } from 'drizzle-orm';
import { lockEnvironment } from '../admission/environment.js';
import type { PathId, Timestamp } from '../model/app.js';
import { type Db, rows, textArray } from '../store/db.js';
import { forgetRemovals, idsAfter } from './environment-rows.js';
import type { Batch, Sweep } from './sweep.js';

/** Groups looked at, and rows removed, in one transaction. */
const GROUPS = 20;
const ROWS = 200;

/**
 * Removes versions of groups beyond the newest so many, the oldest first; of groups that were removed before that time
 * all. Each change of anything in a group makes one.
 */
export function sweepGroupVersions(environment: string, keep: number, before: Timestamp): Sweep {
  return {
    what: 'group versions',
    batch: (tx, after) => removeOldest(tx, { environment, keep, before }, after),
  };
}

interface Limits {
  environment: string;
  keep: number;
  before: Timestamp;
}

async function removeOldest(tx: Db, limits: Limits, after: string): Promise<Batch> {
  const { environment } = limits;
  await lockEnvironment(tx, environment);
  const groups = await idsAfter(tx, 'group_versions', environment, after, GROUPS);
  const last = groups.at(-1);
  if (last === undefined) return { removed: 0 };
  const [found] = await rows<{ removed: number; lastGone: Timestamp | null }>(tx, removal(limits, groups));
  const { removed = 0, lastGone = null } = found ?? {};
  if (lastGone !== null) await forgetRemovals(tx, environment, lastGone);
  return { removed, next: removed < ROWS ? last : after };
}

/** What a group was then is part of what the groups above it were: they have no version of that time any more. */
function removal({ environment, keep, before }: Limits, groups: PathId[]) {
  return sql`
    with removable as (
      select a.id as group_id, v.at, u.until
      from unnest(${textArray(groups)}) as a(id)
      cross join lateral (
        select at, version from group_versions
        where environment = ${environment} and group_id = a.id order by at desc limit 1
      ) last
      cross join lateral (
        select at from group_versions
        where environment = ${environment} and group_id = a.id and (
          (last.version is null and last.at < ${before}) or at < (
            select at from group_versions
            where environment = ${environment} and group_id = a.id and version is not null
            order by at desc limit 1 offset ${keep - 1}
          )
        )
        order by at limit ${ROWS}
      ) v
      cross join lateral (
        select min(n.at) as until from group_versions n
        where n.environment = ${environment} and n.group_id = a.id and n.at > v.at
      ) u
      order by a.id, v.at limit ${ROWS}
    ), gone as (
      delete from group_versions v using removable r
      where v.environment = ${environment} and v.group_id = r.group_id and v.at = r.at
      returning v.group_id, v.at, r.until
    ), above_gone as (
      delete from group_versions g using gone
      where g.environment = ${environment} and g.at >= gone.at and g.at < gone.until
        and g.group_id <> gone.group_id and starts_with(gone.group_id, rtrim(g.group_id, '/') || '/')
    )
    select count(*)::int as removed, max(at) filter (where until is null) as "lastGone" from gone`;
}
