import { notFound } from '../../errors.js';
import { exportApp } from '../../formats/export.js';
import { FORMS } from '../../formats/manifest.js';
import { absolute, ROOT } from '../../model/paths.js';
import { loadRoot } from '../../store/roots.js';
import type { Context } from '../deps.js';
import { oneOf } from '../http/query.js';
import type { Answer, Call, Route } from '../http/routing.js';

/** `/api/apps/{id}/export?form=`: the app as a file, and what the form cannot say of it. */
export function exportRoutes(context: Context): Route[] {
  return [{ path: /^\/apps\/+(?<id>.+?)\/+export\/*$/, GET: (call) => show(context, call) }];
}

async function show({ store, config }: Context, { params, query }: Call): Promise<Answer> {
  const id = absolute(params.id ?? '', ROOT);
  const form = oneOf(query, 'form', FORMS) ?? 'marathon';
  const app = (await loadRoot(store, config.environment)).apps.get(id);
  if (!app) throw notFound(`App '${id}' does not exist`);
  return { status: 200, body: exportApp(app, form) };
}
