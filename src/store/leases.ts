import { and, eq, sql } from 'drizzle-orm';
import { type Db, rows } from './db.js';
import { leases } from './schema.js';

/** Times are the database's: clocks of hosts differ, and jump. */
const SECONDS = 30;

/** Takes what one process at a time does, or keeps it for another 30 s; false while another has it. */
export async function takeLease(db: Db, name: string, holder: string): Promise<boolean> {
  const taken = await rows(
    db,
    sql`insert into leases (name, holder, until)
        values (${name}, ${holder}, clock_timestamp() + ${`${SECONDS} s`}::interval)
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
          where leases.holder = excluded.holder or leases.until < clock_timestamp()
        returning 1`,
  );
  return taken.length > 0;
}

/** Gives it to whoever wants it next. */
export async function endLease(db: Db, name: string, holder: string): Promise<void> {
  await db.delete(leases).where(and(eq(leases.name, name), eq(leases.holder, holder)));
}
