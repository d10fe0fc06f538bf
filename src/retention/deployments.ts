import { sql } from 'drizzle-orm';
import type { Timestamp } from '../model/app.js';
import { rows } from '../store/db.js';
import type { Batch, Sweep } from './sweep.js';

/** Looked at in one transaction. */
const LOOK = 100;

interface Looked {
  removed: number;
  /** End and id of the last one that was looked at; null after the last one. */
  last: string | null;
}

/**
 * Removes deployments that ended before that time, with all that is kept of their actions and keys; the ledger stays.
 * One stays as long as a version that it made is kept: the history names it, and planning asks how it ended. A release
 * over several environments and its waves go together.
 */
export function sweepDeployments(before: Timestamp): Sweep {
  return {
    what: 'deployments',
    batch: (tx, after) => rows<Looked>(tx, removal(before, after)).then(batchOf),
  };
}

function batchOf([looked]: Looked[]): Batch {
  return { removed: looked?.removed ?? 0, ...(looked?.last ? { next: looked.last } : {}) };
}

function removal(before: Timestamp, after: string) {
  const [endedAt = '', id = ''] = after.split(' ');
  return sql`
    with looked as (
      select id, ended_at from deployments
      where ended_at < ${before} and parent is null and (ended_at, id) > (${endedAt}, ${id})
      order by ended_at, id limit ${LOOK}
    ), family as (
      select id as head, id, ended_at from looked
      union all
      select l.id, d.id, d.ended_at from looked l join deployments d on d.parent = l.id
    ), kept as (
      select head from family f
      where f.ended_at is null or f.ended_at >= ${before}
        or exists (select 1 from app_versions v where v.deployment_id = f.id)
    ), gone as (
      delete from deployments where id in (select id from family where head not in (select head from kept))
      returning id
    ), actions_gone as (
      delete from deployment_actions where deployment_id in (select id from gone)
    ), keys_gone as (
      delete from idempotency where deployment_id in (select id from gone)
    )
    select (select count(*)::int from gone) as removed,
      (select ended_at || ' ' || id from looked order by ended_at desc, id desc limit 1) as last`;
}
