import { type SQL, sql } from 'drizzle-orm';
import { lockEnvironment } from '../admission/environment.js';
import type { PathId, Timestamp } from '../model/app.js';
import { type Db, rows, textArray } from '../store/db.js';
import { REVISIONS_KEPT } from '../store/versions.js';
import { forgetRemovals, idsAfter } from './environment-rows.js';
import type { Batch, Sweep } from './sweep.js';

/** Apps looked at, and rows removed, in one transaction. */
const APPS = 20;
const ROWS = 200;

/**
 * Removes definitions of apps beyond their `revisionHistoryLimit`, the oldest first; of apps that were removed before that
 * time all. One old definition always stays, which a rollback of the last deployment brings back. Left alone are apps of
 * live deployments, what a deployment reached last, what instances run by, and what was removed since that time.
 */
export function sweepAppVersions(environment: string, before: Timestamp): Sweep {
  return { what: 'app versions', batch: (tx, after) => removeOldest(tx, environment, before, after) };
}

async function removeOldest(tx: Db, environment: string, before: Timestamp, after: string): Promise<Batch> {
  // Admission comes before or after it, never between what is looked at and what is removed.
  await lockEnvironment(tx, environment);
  const apps = await idsAfter(tx, 'app_versions', environment, after, APPS);
  const last = apps.at(-1);
  if (last === undefined) return { removed: 0 };
  const [found] = await rows<{ removed: number; lastGone: Timestamp | null }>(
    tx,
    removal(environment, before, apps),
  );
  const { removed = 0, lastGone = null } = found ?? {};
  if (lastGone !== null) await forgetRemovals(tx, environment, lastGone);
  return { removed, next: removed < ROWS ? last : after };
}

/**
 * A removed definition was in force until the next one came: a group above has no version of that time any more. The
 * last row of a removed app goes after all others, when it says no more than that there is no such app.
 */
function removal(environment: string, before: Timestamp, apps: PathId[]): SQL {
  return sql`
    with removable as (
      select a.app_id, o.at, o.until
      from (${limits(environment, before, apps)}) a
      cross join lateral (
        select v.at, u.until
        from app_versions v cross join lateral (
          select min(n.at) as until from app_versions n
          where n.environment = ${environment} and n.app_id = a.app_id and n.at > v.at
        ) u
        where v.environment = ${environment} and v.app_id = a.app_id and (a.expired or (
          v.at < a.first_kept and v.at is distinct from a.reached and not coalesce(v.version = any(a.reverted), false)
            and not ${isBroughtBack(environment, before)} and not ${isRunBy(environment)}
        ))
        order by v.at limit ${ROWS}
      ) o
      order by a.app_id, o.at limit ${ROWS}
    ), gone as (
      delete from app_versions v using removable r
      where v.environment = ${environment} and v.app_id = r.app_id and v.at = r.at
      returning v.app_id, v.at, r.until
    ), groups_gone as (
      delete from group_versions g using gone
      where g.environment = ${environment} and g.at >= gone.at and g.at < gone.until
        and starts_with(gone.app_id, rtrim(g.group_id, '/') || '/')
    ), failures_gone as (
      delete from failures f using gone
      where f.environment = ${environment} and f.app_id = gone.app_id and gone.until is null
    )
    select count(*)::int as removed, max(at) filter (where until is null) as "lastGone" from gone`;
}

/** Of each app that no live deployment is about: since when definitions are kept, what was reached last, whether all may go. */
function limits(environment: string, before: Timestamp, apps: PathId[]): SQL {
  return sql`
    select a.id as app_id, (
      select at from app_versions
      where environment = ${environment} and app_id = a.id and version is not null
      order by at desc limit 1
      offset greatest(1, coalesce((p.definition->'release'->>'revisionHistoryLimit')::int, ${REVISIONS_KEPT}))
        - (p.id is null)::int
    ) as first_kept, (
      select v.at from app_versions v join deployments d on d.id = v.deployment_id
      where v.environment = ${environment} and v.app_id = a.id and d.outcome = 'succeeded'
      order by v.at desc limit 1
    ) as reached, ${revertedTo(environment, before)} as reverted, p.id is null and coalesce(last.ended_at, last.at) < ${before} and not exists (
      select 1 from targets where environment = ${environment} and app_id = a.id
    ) and not exists (
      select 1 from instances where environment = ${environment} and app_id = a.id
    ) as expired
    from unnest(${textArray(apps)}) as a(id)
    left join apps p on p.environment = ${environment} and p.id = a.id
    cross join lateral (
      select v.at, d.ended_at from app_versions v left join deployments d on d.id = v.deployment_id
      where v.environment = ${environment} and v.app_id = a.id order by v.at desc limit 1
    ) last
    where not exists (
      select 1 from deployments d
      where d.environment = ${environment} and d.ended_at is null and (d.affected_apps @> array[a.id] or exists (
        select 1 from app_versions v where v.deployment_id = d.id and v.app_id = a.id
      ))
    )`;
}

/**
 * Versions of the app that rollbacks of deployments from since then go by: those that the present one stands for, because
 * a rollback or a cancel brought it back, and what was before each of them.
 */
function revertedTo(environment: string, before: Timestamp): SQL {
  return sql`array(
    with recursive line (version, from_version) as (
      select p.definition->>'version', null
      union
      select case when v.at = d.version then r.changes else d.changes end->'apps'->a.id->>'from',
        d.changes->'apps'->a.id->>'from'
      from line
      join app_versions v on v.environment = ${environment} and v.app_id = a.id and v.version = line.version
      join deployments d on d.id = v.deployment_id and d.ended_at >= ${before}
      left join deployments r on r.id = d.rollback_of
    )
    select version from line where version is not null
    union select from_version from line where from_version is not null
  )`;
}

/** It, or what it was before, is what a rollback of a removal that is still kept would bring back. */
function isBroughtBack(environment: string, before: Timestamp): SQL {
  return sql`exists (
    select 1 from app_versions r join deployments d on d.id = r.deployment_id
    where r.environment = ${environment} and r.app_id = v.app_id and r.at in (v.at, u.until)
      and r.version is null and d.ended_at >= ${before}
  )`;
}

/** It is the latest definition of a run version that is declared, or that instances still have. */
function isRunBy(environment: string): SQL {
  const run = (row: string) => sql.raw(`(${row}.definition->'versionInfo'->>'lastConfigChangeAt')`);
  return sql`((
    exists (
      select 1 from targets t where t.environment = ${environment} and t.app_id = v.app_id
        and (t.declaration->'definitions' ? ${run('v')} or t.declaration->'split' ? ${run('v')})
    ) or exists (
      select 1 from instances i where i.environment = ${environment} and i.app_id = v.app_id
        and i.state in ('staging', 'running', 'killing') and i.instance->>'version' = ${run('v')}
    )
  ) and not exists (
    select 1 from app_versions n
    where n.environment = ${environment} and n.app_id = v.app_id and n.at > v.at and ${run('n')} = ${run('v')}
  ))`;
}
