import { and, asc, desc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { EventRecord } from '../runtimes/supervisor/ports.js';
import { type Db, json, together } from './db.js';
import { environments, events } from './schema.js';

/** One event of the stream, with its place in it. */
export interface StoredEvent {
  id: number;
  environment: string;
  event: EventRecord;
}

/** Adds events in the order given. The table's triggers keep ids in the order of commits and tell listeners. */
export async function appendEvents(tx: Db, environment: string, records: EventRecord[]): Promise<void> {
  await together(tx, [eventsAppended(environment, records)]);
}

/** The same as a part of a statement, where a condition holds. */
export function eventsAppended(
  environment: string,
  records: EventRecord[],
  where: SQL = sql`true`,
): SQL | undefined {
  if (records.length === 0) return undefined;
  return sql`
    insert into events (environment, type, data, at)
    select ${environment}, e.value->>'eventType', e.value, e.value->>'timestamp'
    from jsonb_array_elements(${json(records)}) with ordinality as e(value, n) where ${where} order by e.n`;
}

/** Events after the given id, the oldest first. */
export async function eventsSince(
  db: Db,
  environment: string,
  id: number,
  limit = 1000,
): Promise<StoredEvent[]> {
  return db
    .select({ id: events.id, environment: events.environment, event: events.data })
    .from(events)
    .where(and(eq(events.environment, environment), gt(events.id, id)))
    .orderBy(asc(events.id))
    .limit(limit);
}

/** Id of the newest event; 0 before the first. */
export async function lastEventId(db: Db, environment: string): Promise<number> {
  const [row] = await db
    .select({ id: events.id })
    .from(events)
    .where(eq(events.environment, environment))
    .orderBy(desc(events.id))
    .limit(1);
  return row?.id ?? 0;
}

/** Ids up to this one may have been removed, as they had been kept long enough. */
export async function eventsGone(db: Db, environment: string): Promise<number> {
  const [row] = await db
    .select({ gone: environments.eventsGone })
    .from(environments)
    .where(eq(environments.name, environment));
  return row?.gone ?? 0;
}
