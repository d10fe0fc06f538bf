import { sql } from 'drizzle-orm';
import { type App, type PathId, runVersion } from '../model/app.js';
import type { Root } from '../model/root.js';
import { type Db, rows, textArray } from '../store/db.js';

/**
 * The root to plan from. A definition is in force from its acceptance on, also where its deployment was superseded or
 * failed half-way; the plan of a further change must then also do what that one left undone. For such apps the root
 * holds the last definition that a deployment brought to its end, unless the present one asks for new instances anyway.
 */
export async function planningRoot(db: Db, environment: string, original: Root, target: Root): Promise<Root> {
  const changed = [...target.apps.values()].filter((app) => {
    const present = original.apps.get(app.id);
    return present !== undefined && present !== app;
  });
  if (changed.length === 0) return original;
  const reached = await reachedDefinitions(
    db,
    environment,
    changed.map((app) => app.id),
  );
  const apps = new Map(original.apps);
  for (const app of changed) {
    const present = original.apps.get(app.id);
    if (present === undefined) continue;
    const from = planFrom(present, app, reached.get(app.id));
    if (from) apps.set(app.id, from);
    else apps.delete(app.id);
  }
  return { ...original, apps };
}

function planFrom(present: App, target: App, reached: App | undefined): App | undefined {
  if (reached?.version === present.version) return present;
  if (runVersion(present) !== runVersion(target)) return present;
  if (reached === undefined || runVersion(reached) !== runVersion(target)) return reached;
  return present.instances === target.instances ? reached : present;
}

/** Definitions that a succeeded deployment left behind, the last of each app; apps that it removed are absent. */
async function reachedDefinitions(
  db: Db,
  environment: string,
  ids: readonly PathId[],
): Promise<Map<PathId, App>> {
  const found = await rows<{ app: PathId; definition: App | null }>(
    db,
    sql`select distinct on (v.app_id) v.app_id as app, v.definition
        from app_versions v join deployments d on d.id = v.deployment_id
        where v.environment = ${environment} and v.app_id = any(${textArray(ids)}) and d.outcome = 'succeeded'
        order by v.app_id, v.at desc`,
  );
  return new Map(found.flatMap(({ app, definition }) => (definition ? [[app, definition]] : [])));
}
