import { sql } from 'drizzle-orm';
import type { Timestamp } from '../model/app.js';
import { type Db, rows } from '../store/db.js';
import type { Sweep } from './sweep.js';

/** Looked at in one transaction. */
const LOOK = 1_000;

/** Removes events from before that time, the oldest first, and notes up to which they are gone: a reader that comes later is told. */
export function sweepEvents(before: Timestamp): Sweep {
  return { what: 'events', batch: (tx) => removeOldest(tx, before) };
}

async function removeOldest(tx: Db, before: Timestamp) {
  const [found] = await rows<{ removed: number }>(
    tx,
    sql`with oldest as (
          select id, at from events order by id limit ${LOOK}
        ), gone as (
          delete from events where id in (select id from oldest where at < ${before}) returning environment, id
        ), noted as (
          update environments e set events_gone = g.id
          from (select environment, max(id) as id from gone group by environment) g where e.name = g.environment
        )
        select count(*)::int as removed from gone`,
  );
  const removed = found?.removed ?? 0;
  return { removed, ...(removed === LOOK ? { next: '' } : {}) };
}
