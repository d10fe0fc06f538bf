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

/** A change with the tables that it names for itself: PostgreSQL wants those of all changes at the top of a statement. */
export interface NamingChange {
  /** `name as (…), name as (…)`. */
  names: SQL;
  change: SQL;
}

type Change = SQL | NamingChange | undefined;

/**
 * Several changes in one statement, each of rows of its own, for none of them sees what the others write; undefined ones are
 * left out. A statement costs more than most of what it does.
 */
export async function together(db: Db, changes: Change[]): Promise<void> {
  const named = namedChanges(changes);
  if (named.length > 0) await db.execute(sql`with ${sql.join(named, sql`, `)} select 1`);
}

/**
 * `first`, which returns rows, and what `others` give, in one statement. The others have to hold themselves to the condition
 * that they are given: that `first` found something. False where it did not.
 */
export async function onlyIfFound(db: Db, first: SQL, others: (found: SQL) => Change[]): Promise<boolean> {
  const named = [sql`first as (${first})`, ...namedChanges(others(sql`exists (select 1 from first)`))];
  const found = await rows(db, sql`with ${sql.join(named, sql`, `)} select 1 from first limit 1`);
  return found.length > 0;
}

function namedChanges(changes: Change[]): SQL[] {
  return changes
    .filter((change) => change !== undefined)
    .flatMap((change, n) => {
      const name = sql.raw(`change_${n}`);
      return 'names' in change
        ? [change.names, sql`${name} as (${change.change})`]
        : [sql`${name} as (${change})`];
    });
}
