import { sql } from 'drizzle-orm';
import type { PathId, Timestamp } from '../model/app.js';
import { type Db, rows } from '../store/db.js';

/** Tables of versions, and what has them. */
const OWNERS = { app_versions: 'app_id', group_versions: 'group_id' } as const;

/** The next ids that have versions, in order: groups come before those below them. */
export async function idsAfter(
  tx: Db,
  table: keyof typeof OWNERS,
  environment: string,
  after: string,
  limit: number,
): Promise<PathId[]> {
  const id = sql.identifier(OWNERS[table]);
  const found = await rows<{ id: PathId }>(
    tx,
    sql`select distinct ${id} as id from ${sql.identifier(table)}
        where environment = ${environment} and ${id} > ${after} order by ${id} limit ${limit}`,
  );
  return found.map((row) => row.id);
}

/** Who remembers the environment as it was then, or before, cannot learn from versions alone what has changed since. */
export async function forgetRemovals(tx: Db, environment: string, until: Timestamp): Promise<void> {
  await tx.execute(sql`
    update environments set removals_gone = greatest(removals_gone, ${until}) where name = ${environment}`);
}
