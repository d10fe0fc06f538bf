import { sql } from 'drizzle-orm';
import type { App, PathId } from '../model/app.js';
import type { GroupNode, Root } from '../model/root.js';
import { json, type NamingChange } from './db.js';

interface ChangedApp {
  id: PathId;
  version: string | null;
  definition: App | null;
}

interface ChangedGroup {
  id: PathId;
  version: string | null;
  dependencies: PathId[] | null;
}

/** A root that takes the place of another, by a deployment. */
export interface RootChange {
  environment: string;
  original: Root;
  target: Root;
  deployment: string;
}

/** Stores what differs: the definitions in force, their versions, the environment's version. Of any size. */
export function rootSaved(change: RootChange): NamingChange {
  const { environment, target, deployment } = change;
  const at = target.version;
  const names = sql`
    app as (
      select * from jsonb_to_recordset(${json(changedApps(change))}) as c(id text, version text, definition jsonb)
    ), node as (
      select * from jsonb_to_recordset(${json(changedGroups(change))}) as c(id text, version text, dependencies jsonb)
    ), app_version as (
      insert into app_versions (environment, app_id, at, version, definition, deployment_id)
      select ${environment}, id, ${at}, version, definition, ${deployment} from app
    ), app_gone as (
      delete from apps using app
      where apps.environment = ${environment} and apps.id = app.id and app.version is null
    ), app_kept as (
      insert into apps (environment, id, definition)
      select ${environment}, id, definition from app where version is not null
      on conflict (environment, id) do update set definition = excluded.definition
    ), group_version as (
      insert into group_versions (environment, group_id, at, version, dependencies, deployment_id)
      select ${environment}, id, ${at}, version, dependencies, ${deployment} from node
    ), group_gone as (
      delete from groups using node
      where groups.environment = ${environment} and groups.id = node.id and node.version is null
    ), group_kept as (
      insert into groups (environment, id, dependencies, version)
      select ${environment}, id, dependencies, version from node where version is not null
      on conflict (environment, id) do update set dependencies = excluded.dependencies, version = excluded.version
    )`;
  return { names, change: sql`update environments set root_version = ${at} where name = ${environment}` };
}

function changedApps({ original, target }: RootChange): ChangedApp[] {
  return changed(original.apps, target.apps).map((id) => {
    const definition = target.apps.get(id) ?? null;
    return { id, version: definition?.version ?? null, definition };
  });
}

function changedGroups({ original, target }: RootChange): ChangedGroup[] {
  return changed(original.groups, target.groups).map((id) => {
    const node: GroupNode | undefined = target.groups.get(id);
    return { id, version: node?.version ?? null, dependencies: node?.dependencies ?? null };
  });
}

/** What a root left alone it shares with the one that it was made from: comparing references is enough. */
function changed<T>(original: ReadonlyMap<PathId, T>, target: ReadonlyMap<PathId, T>): PathId[] {
  const set = [...target.keys()].filter((id) => target.get(id) !== original.get(id));
  const gone = [...original.keys()].filter((id) => !target.has(id));
  return [...set, ...gone];
}
