import { sql } from 'drizzle-orm';
import { lockEnvironment } from '../admission/environment.js';
import type { PathId, Timestamp } from '../model/app.js';
import { type Db, rows, textArray } from '../store/db.js';
import { forgetRemovals, idsAfter } from './environment-rows.js';
import type { Batch, Sweep } from './sweep.js';

/** Apps looked at, and rows removed, in one transaction. */
const APPS = 20;
const ROWS = 200;
/** `revisionHistoryLimit` of an app that does not say it (api.md rule 9, as Kubernetes has it). */
const REVISIONS = 10;

/**
 * Removes definitions of apps beyond their `revisionHistoryLimit`, the oldest first; of apps that were removed before that
 * time all. One old definition always stays, which a rollback of the last deployment brings back, and so does what was
 * removed since that time. Left alone are apps of live deployments, what a deployment reached last, and what instances run by.
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
function removal(environment: string, before: Timestamp, apps: PathId[]) {
  return sql`
    with versions as (
      select v.app_id, v.at, v.version,
        lead(v.at) over (partition by v.app_id order by v.at) as until,
        lead(v.version is null and d.ended_at >= ${before}) over (partition by v.app_id order by v.at) as wanted_back,
        count(v.version) over (partition by v.app_id order by v.at desc) as place,
        max(v.at) filter (where d.outcome = 'succeeded') over (partition by v.app_id) as reached,
        max(d.ended_at) over (partition by v.app_id) as last_end,
        bool_or(d.ended_at is null) over (partition by v.app_id) as live
      from app_versions v left join deployments d on d.id = v.deployment_id
      where v.environment = ${environment} and v.app_id = any(${textArray(apps)})
    ), limits as (
      select v.app_id, p.id is not null as present,
        greatest(1, coalesce((p.definition->'release'->>'revisionHistoryLimit')::int, ${REVISIONS}))
          + (p.id is not null)::int as places,
        p.id is null and v.at < ${before} and coalesce(v.last_end < ${before}, true) and not exists (
          select 1 from targets t where t.environment = ${environment} and t.app_id = v.app_id
        ) and not exists (
          select 1 from instances i where i.environment = ${environment} and i.app_id = v.app_id
        ) as expired
      from versions v left join apps p on p.environment = ${environment} and p.id = v.app_id
      where v.until is null and v.live is not true and not exists (
        select 1 from deployments d where d.environment = ${environment} and d.ended_at is null
          and d.affected_apps @> array[v.app_id]
      )
    ), removable as (
      select v.app_id, v.at, v.until, l.expired from versions v join limits l on l.app_id = v.app_id
      where l.expired or (
        v.place > l.places and v.at is distinct from v.reached and v.wanted_back is not true
          and not ${isRunBy(environment)}
      )
      order by v.app_id, v.at limit ${ROWS}
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

/** It is the latest definition of a run version that is declared, or that instances still have. */
function isRunBy(environment: string) {
  const run = (row: string) => sql.raw(`${row}.definition->'versionInfo'->>'lastConfigChangeAt'`);
  return sql`exists (
    select 1 from app_versions o
    where o.environment = ${environment} and o.app_id = v.app_id and o.at = v.at and (
      exists (
        select 1 from targets t where t.environment = ${environment} and t.app_id = o.app_id
          and (t.declaration->'definitions' ? (${run('o')}) or t.declaration->'split' ? (${run('o')}))
      ) or exists (
        select 1 from instances i where i.environment = ${environment} and i.app_id = o.app_id
          and i.state in ('staging', 'running', 'killing') and i.instance->>'version' = ${run('o')}
      )
    ) and not exists (
      select 1 from app_versions n
      where n.environment = ${environment} and n.app_id = o.app_id and n.at > o.at and ${run('n')} = ${run('o')}
    )
  )`;
}
