import { notFound } from '../../errors.js';
import type { App, PathId } from '../../model/app.js';
import { absolute, isBelow, ROOT } from '../../model/paths.js';
import { loadRoot } from '../../store/roots.js';
import type { Context } from '../deps.js';
import type { Call } from '../http/routing.js';

/** The id in the URL, absolute. */
export function idOf({ params }: Call): PathId {
  return absolute(params.id ?? '', ROOT);
}

/** The app of the URL; 404 with Marathon's text. */
export async function mustFindApp({ store, config }: Context, id: PathId): Promise<App> {
  const { apps } = await loadRoot(store, config.environment);
  const app = apps.get(id);
  if (app === undefined) throw notFound(`App '${id}' does not exist`);
  return app;
}

/** Apps of a group at any depth; an unknown group has none. */
export async function appsBelow({ store, config }: Context, group: PathId): Promise<App[]> {
  const { apps } = await loadRoot(store, config.environment);
  return [...apps.values()].filter(({ id }) => isBelow(id, group));
}
