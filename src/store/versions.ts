import { and, asc, desc, eq, isNotNull, sql } from 'drizzle-orm';
import { notFound, type TerminalError } from '../errors.js';
import type { App, PathId, Timestamp } from '../model/app.js';
import { isBelow } from '../model/paths.js';
import type { GroupNode, Root } from '../model/root.js';
import { type Db, rows, textArray } from './db.js';
import { nodeOf } from './roots.js';
import { appVersions, deployments, groupVersions } from './schema.js';

/** Versions of an app, the newest first; empty where there never was such an app. */
export async function versionsOfApp(db: Db, environment: string, app: PathId): Promise<Timestamp[]> {
  const v = appVersions;
  const found = await db
    .select({ version: v.version })
    .from(v)
    .where(and(eq(v.environment, environment), eq(v.appId, app), isNotNull(v.version)))
    .orderBy(desc(v.at));
  return [...new Set(found.flatMap(({ version }) => (version === null ? [] : [version])))];
}

/** The definition with that version, whenever it was in force. */
export async function definitionOf(
  db: Db,
  environment: string,
  app: PathId,
  version: Timestamp,
): Promise<App | undefined> {
  const v = appVersions;
  const [row] = await db
    .select({ definition: v.definition })
    .from(v)
    .where(and(eq(v.environment, environment), eq(v.appId, app), eq(v.version, version)))
    .orderBy(desc(v.at))
    .limit(1);
  return row?.definition ?? undefined;
}

/** 404 in Marathon's words; where older versions have been removed it says from which one on they are kept. */
export async function missingVersion(
  db: Db,
  environment: string,
  app: PathId,
  version: Timestamp,
): Promise<TerminalError> {
  const v = appVersions;
  const [oldest] = await db
    .select({ at: v.at, revision: v.revision })
    .from(v)
    .where(and(eq(v.environment, environment), eq(v.appId, app)))
    .orderBy(asc(v.at))
    .limit(1);
  const isGone = oldest !== undefined && oldest.revision > 1 && version < oldest.at;
  const kept = isGone ? `; those before ${oldest.at} are not kept any more` : '';
  return notFound(`App '${app}' does not exist in version ${version}${kept}`);
}

/** Definitions of several apps, each by its version; those that are not stored are absent. */
export async function definitionsOf(
  db: Db,
  environment: string,
  wanted: { app: PathId; version: Timestamp }[],
): Promise<Map<PathId, App>> {
  const found = await rows<{ app: PathId; definition: App }>(
    db,
    sql`select v.app_id as app, v.definition from app_versions v
        join jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w(app text, version text)
          on v.app_id = w.app and v.version = w.version
        where v.environment = ${environment} and v.definition is not null`,
  );
  return new Map(found.map(({ app, definition }) => [app, definition]));
}

/**
 * The versions that the present one of each app stands for, itself included: what a rollback or a cancel brought back
 * is what it was before, under a new name.
 */
export async function presentAs(
  db: Db,
  environment: string,
  apps: readonly PathId[],
): Promise<Map<PathId, Timestamp[]>> {
  const found = await rows<{ app: PathId; version: Timestamp }>(
    db,
    sql`with recursive line (app, version) as (
          select id, definition->>'version' from apps
          where environment = ${environment} and id = any(${textArray(apps)})
          union
          select v.app_id, case when v.at = d.version then r.changes else d.changes end->'apps'->v.app_id->>'from'
          from line
          join app_versions v
            on v.environment = ${environment} and v.app_id = line.app and v.version = line.version
          join deployments d on d.id = v.deployment_id
          left join deployments r on r.id = d.rollback_of
          where v.at <> d.version or r.id is not null
        )
        select app, version from line where version is not null`,
  );
  const versions = new Map<PathId, Timestamp[]>();
  for (const { app, version } of found) versions.set(app, [...(versions.get(app) ?? []), version]);
  return versions;
}

/** Versions of a group, the newest first: every change below it made one (Marathon 1.11 RootGroup). */
export async function versionsOfGroup(db: Db, environment: string, group: PathId): Promise<Timestamp[]> {
  const v = groupVersions;
  const found = await db
    .select({ at: v.at })
    .from(v)
    .where(and(eq(v.environment, environment), eq(v.groupId, group), isNotNull(v.version)))
    .orderBy(desc(v.at));
  return found.map(({ at }) => at);
}

/**
 * The group with all below it, and the groups above it, as they were from `version` on.
 * Undefined where the group has no such version.
 */
export async function rootAt(
  db: Db,
  environment: string,
  group: PathId,
  version: Timestamp,
): Promise<Root | undefined> {
  if (!(await hasVersion(db, environment, group, version))) return undefined;
  const apps = await rows<{ id: PathId; definition: App | null }>(
    db,
    sql`select distinct on (app_id) app_id as id, definition from app_versions
        where environment = ${environment} and at <= ${version} order by app_id, at desc`,
  );
  const nodes = await rows<{ id: PathId; version: string | null; dependencies: PathId[] | null }>(
    db,
    sql`select distinct on (group_id) group_id as id, version, dependencies from group_versions
        where environment = ${environment} and at <= ${version} order by group_id, at desc`,
  );
  const related = (id: PathId) => id === group || isBelow(id, group) || isBelow(group, id);
  return {
    version,
    apps: new Map(apps.flatMap((a) => (a.definition && isBelow(a.id, group) ? [[a.id, a.definition]] : []))),
    groups: new Map(
      nodes.map(nodeOf).flatMap((n): [PathId, GroupNode][] => (n && related(n.id) ? [[n.id, n]] : [])),
    ),
  };
}

async function hasVersion(db: Db, environment: string, group: PathId, at: Timestamp): Promise<boolean> {
  const v = groupVersions;
  const found = await db
    .select({ at: v.at })
    .from(v)
    .where(and(eq(v.environment, environment), eq(v.groupId, group), eq(v.at, at), isNotNull(v.version)));
  return found.length > 0;
}

/** One revision of an app: `/api/apps/{id}/history`. */
export interface Revision {
  /** Counts from 1, also where older ones are not kept any more. */
  revision: number;
  version: Timestamp;
  at: Timestamp;
  by: string;
  reason: string;
  deployment: string;
}

/** Old revisions that are kept besides the present one where the app does not say (Kubernetes' default, too). */
export const REVISIONS_KEPT = 10;

/** Revisions of an app that are kept, the newest first: the present one and `revisionHistoryLimit` old ones. */
export async function historyOfApp(db: Db, environment: string, app: PathId): Promise<Revision[]> {
  const v = appVersions;
  const ofApp = and(eq(v.environment, environment), eq(v.appId, app), isNotNull(v.version));
  const [present] = await db
    .select({ definition: v.definition, revisions: sql<number>`(count(*) over ())::int` })
    .from(v)
    .where(ofApp)
    .orderBy(desc(v.at))
    .limit(1);
  const found = await db
    .select({
      revision: v.revision,
      version: v.version,
      at: v.at,
      by: deployments.by,
      reason: deployments.reason,
      deployment: v.deploymentId,
    })
    .from(v)
    .innerJoin(deployments, eq(deployments.id, v.deploymentId))
    .where(ofApp)
    .orderBy(desc(v.at))
    .limit(1 + (present?.definition?.release?.revisionHistoryLimit ?? REVISIONS_KEPT));
  return found.map((row) => ({ ...row, version: row.version ?? row.at }));
}
