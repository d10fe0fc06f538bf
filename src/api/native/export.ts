import { notFound } from '../../errors.js';
import { exportApp } from '../../formats/export.js';
import { FORMS, type Form } from '../../formats/manifest.js';
import { absolute, ROOT } from '../../model/paths.js';
import { loadRoot } from '../../store/roots.js';
import type { Context } from '../deps.js';
import { appId } from '../http/app-id.js';
import { operation } from '../http/operation.js';
import { oneOf } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json } from '../openapi/answers.js';
import { exported } from '../openapi/answers-native.js';

/** `/api/apps/{id}/export?form=`: the app as a file, and what the form cannot say of it. */
export function exportRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/apps\/+(?<id>.+?)\/+export\/*$/,
      at: ['/apps/{id}/export'],
      params: { id: appId },
      GET: operation(
        {
          id: 'exportApp',
          summary: 'An app as a file',
          query: { form: oneOf('Form of the file; marathon where nothing is said.', FORMS) },
          answers: { 200: json('The text, and what the form cannot say of the app.', exported) },
          refusals: [404, 422],
        },
        (call, { form = 'marathon' }) => show(context, call, form),
      ),
    },
  ];
}

async function show({ store, config }: Context, { params }: Call, form: Form): Promise<Answer> {
  const id = absolute(params.id ?? '', ROOT);
  const app = (await loadRoot(store, config.environment)).apps.get(id);
  if (!app) throw notFound(`App '${id}' does not exist`);
  return { status: 200, body: exportApp(app, form) };
}
