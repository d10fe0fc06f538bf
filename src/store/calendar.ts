import { and, asc, eq } from 'drizzle-orm';
import type { Calendar, Freeze, ReleaseWindow } from '../gates/types.js';
import type { Db } from './db.js';
import { freezes, windows } from './schema.js';

/** Freezes and windows of an environment, by name. */
export async function loadCalendar(db: Db, environment: string): Promise<Calendar> {
  const [frozen, open] = [await listFreezes(db, environment), await listWindows(db, environment)];
  return { freezes: frozen, windows: open };
}

export async function listFreezes(db: Db, environment: string): Promise<Freeze[]> {
  const found = await db
    .select()
    .from(freezes)
    .where(eq(freezes.environment, environment))
    .orderBy(asc(freezes.name));
  return found.map(({ name, definition }) => ({ name, ...definition }));
}

export async function listWindows(db: Db, environment: string): Promise<ReleaseWindow[]> {
  const found = await db
    .select()
    .from(windows)
    .where(eq(windows.environment, environment))
    .orderBy(asc(windows.name));
  return found.map(({ name, definition }) => ({ name, ...definition }));
}

export async function putFreeze(db: Db, environment: string, { name, ...definition }: Freeze): Promise<void> {
  await db
    .insert(freezes)
    .values({ environment, name, definition })
    .onConflictDoUpdate({ target: [freezes.environment, freezes.name], set: { definition } });
}

export async function putWindow(
  db: Db,
  environment: string,
  { name, ...definition }: ReleaseWindow,
): Promise<void> {
  await db
    .insert(windows)
    .values({ environment, name, definition })
    .onConflictDoUpdate({ target: [windows.environment, windows.name], set: { definition } });
}

/** False where there was none. */
export async function removeFreeze(db: Db, environment: string, name: string): Promise<boolean> {
  const gone = await db
    .delete(freezes)
    .where(and(eq(freezes.environment, environment), eq(freezes.name, name)))
    .returning({ name: freezes.name });
  return gone.length > 0;
}

/** False where there was none. */
export async function removeWindow(db: Db, environment: string, name: string): Promise<boolean> {
  const gone = await db
    .delete(windows)
    .where(and(eq(windows.environment, environment), eq(windows.name, name)))
    .returning({ name: windows.name });
  return gone.length > 0;
}
