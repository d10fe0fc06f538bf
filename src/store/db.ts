import { type SQL, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** Drizzle over either driver, or a transaction of it. */
export type Db = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** Runs a statement and gives its rows, named as the statement names them. */
export async function rows<T>(db: Db, statement: SQL): Promise<T[]> {
  const result = (await db.execute(statement)) as unknown as { rows: T[] };
  return result.rows;
}

/** A value as one jsonb parameter: a thousand rows go in one statement with one parameter. */
export function json(value: unknown): SQL {
  return sql`${JSON.stringify(value)}::jsonb`;
}

/** Strings as one text[] parameter. */
export function textArray(values: readonly string[]): SQL {
  return sql`array(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;
}

/**
 * Several changes in one statement, each of rows of its own, for none of them sees what the others write; undefined ones are
 * left out. A statement costs more than most of what it does.
 */
export async function together(db: Db, changes: (SQL | undefined)[]): Promise<void> {
  const parts = changes.filter((change) => change !== undefined);
  const [only] = parts;
  if (only === undefined) return;
  const named = parts.map((change, n) => sql`${sql.raw(`change_${n}`)} as (${change})`);
  await db.execute(parts.length === 1 ? only : sql`with ${sql.join(named, sql`, `)} select 1`);
}
