import { eq } from 'drizzle-orm';
import type { Timestamp } from '../model/app.js';
import type { Db } from '../store/db.js';
import { FIRST_VERSION } from '../store/roots.js';
import { environments } from '../store/schema.js';

/** Locks the environment until the commit, so that its changes come one after another; gives its present version. */
export async function lockEnvironment(tx: Db, name: string): Promise<Timestamp> {
  const found = await locked(tx, name);
  if (found !== undefined) return found;
  await tx.insert(environments).values({ name, rootVersion: FIRST_VERSION }).onConflictDoNothing();
  return (await locked(tx, name)) ?? FIRST_VERSION;
}

async function locked(tx: Db, name: string): Promise<Timestamp | undefined> {
  const [row] = await tx.select().from(environments).where(eq(environments.name, name)).for('update');
  return row?.rootVersion;
}
