import { and, desc, eq, isNotNull } from 'drizzle-orm';
import type { PathId, Timestamp } from '../../src/model/app.js';
import type { Db } from '../../src/store/db.js';
import { appVersions } from '../../src/store/schema.js';

/** Revisions of an app that the database has, the newest first; its history shows fewer until the others are removed. */
export async function storedRevisions(
  db: Db,
  environment: string,
  app: PathId,
): Promise<{ revision: number; version: Timestamp; deployment: string }[]> {
  const v = appVersions;
  const found = await db
    .select({ revision: v.revision, version: v.at, deployment: v.deploymentId })
    .from(v)
    .where(and(eq(v.environment, environment), eq(v.appId, app), isNotNull(v.version)))
    .orderBy(desc(v.at));
  return found.map((row) => ({ ...row, deployment: row.deployment ?? '' }));
}
