import { and, asc, eq, gt, lte } from 'drizzle-orm';
import type { App, PathId, Timestamp } from '../model/app.js';
import { ROOT } from '../model/paths.js';
import type { GroupNode, Root } from '../model/root.js';
import type { Db } from './db.js';
import { apps, appVersions, environments, groups, groupVersions } from './schema.js';
import type { Store } from './store.js';

/** Version of an environment in which nothing was ever changed. */
export const FIRST_VERSION: Timestamp = '1970-01-01T00:00:00.000Z';

/** The present root of an environment; an environment that nobody changed yet has an empty one. */
export async function loadRoot(store: Store, environment: string): Promise<Root> {
  const version = await rootVersion(store.db, environment);
  if (store.roots.get(environment)?.version === version)
    return rootAsOf(store, store.db, environment, version);
  return store.transaction(
    async (tx) => rootAsOf(store, tx, environment, await rootVersion(tx, environment)),
    { isolation: 'repeatable read' },
  );
}

/**
 * The root at the environment's present `version`; reads only what changed since it was read last.
 * The caller sees to it that `version` stays the present one meanwhile (row lock or repeatable read).
 */
export async function rootAsOf(store: Store, db: Db, environment: string, version: Timestamp): Promise<Root> {
  const known = store.roots.get(environment);
  if (known?.version === version) return known;
  const root =
    known !== undefined && known.version < version && (await tellsOn(db, environment, known.version))
      ? await advanced(db, environment, known, version)
      : await readWhole(db, environment, version);
  keepRoot(store, environment, root);
  return root;
}

/** Remembers a root that was read or committed; never an older one over a newer one. */
export function keepRoot(store: Store, environment: string, root: Root): void {
  const known = store.roots.get(environment);
  if (known === undefined || known.version <= root.version) store.roots.set(environment, root);
}

/** The definition with that version, if it is remembered as the present one. */
export function rememberedDefinition(
  store: Store,
  environment: string,
  app: PathId,
  version: Timestamp,
): App | undefined {
  const known = store.roots.get(environment)?.apps.get(app);
  return known?.version === version ? known : undefined;
}

function emptyRoot(version: Timestamp = FIRST_VERSION): Root {
  return { version, apps: new Map(), groups: new Map([[ROOT, { id: ROOT, dependencies: [], version }]]) };
}

async function rootVersion(db: Db, environment: string): Promise<Timestamp> {
  const [row] = await db.select().from(environments).where(eq(environments.name, environment));
  return row?.rootVersion ?? FIRST_VERSION;
}

async function readWhole(db: Db, environment: string, version: Timestamp): Promise<Root> {
  const root = emptyRoot(version);
  const appRows = await db.select().from(apps).where(eq(apps.environment, environment));
  const groupRows = await db.select().from(groups).where(eq(groups.environment, environment));
  return {
    version,
    apps: new Map(appRows.map((row) => [row.id, row.definition])),
    groups: new Map([
      ...root.groups,
      ...groupRows.map(({ id, dependencies, version }): [PathId, GroupNode] => [
        id,
        { id, dependencies, version },
      ]),
    ]),
  };
}

/** Whether the versions that are kept still tell of every removal after that one. */
async function tellsOn(db: Db, environment: string, version: Timestamp): Promise<boolean> {
  const [row] = await db
    .select({ gone: environments.removalsGone })
    .from(environments)
    .where(eq(environments.name, environment));
  return row === undefined || version >= row.gone;
}

async function advanced(db: Db, environment: string, known: Root, version: Timestamp): Promise<Root> {
  const nextApps = new Map(known.apps);
  const nextGroups = new Map(known.groups);
  for (const row of await appChanges(db, environment, known.version, version)) {
    put(nextApps, row.id, row.definition);
  }
  for (const row of await groupChanges(db, environment, known.version, version)) {
    put(nextGroups, row.id, nodeOf(row));
  }
  return { version, apps: nextApps, groups: nextGroups };
}

function put<T>(map: Map<PathId, T>, id: PathId, value: T | null): void {
  if (value === null) map.delete(id);
  else map.set(id, value);
}

/** A row of group_versions as a node; null where the group was removed. */
export function nodeOf(row: {
  id: PathId;
  version: string | null;
  dependencies: PathId[] | null;
}): GroupNode | null {
  const { id, version, dependencies } = row;
  return dependencies === null || version === null ? null : { id, version, dependencies };
}

function appChanges(
  db: Db,
  environment: string,
  after: Timestamp,
  until: Timestamp,
): Promise<{ id: PathId; definition: App | null }[]> {
  const v = appVersions;
  return db
    .select({ id: v.appId, definition: v.definition })
    .from(v)
    .where(and(eq(v.environment, environment), gt(v.at, after), lte(v.at, until)))
    .orderBy(asc(v.at));
}

function groupChanges(db: Db, environment: string, after: Timestamp, until: Timestamp) {
  const v = groupVersions;
  return db
    .select({ id: v.groupId, version: v.version, dependencies: v.dependencies })
    .from(v)
    .where(and(eq(v.environment, environment), gt(v.at, after), lte(v.at, until)))
    .orderBy(asc(v.at));
}
