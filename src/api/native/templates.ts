import { invalidAt, notFound } from '../../errors.js';
import { parseWith } from '../../formats/parse.js';
import type { AppUpdate } from '../../model/change.js';
import {
  listTemplates,
  removeTemplate,
  saveTemplate,
  type Template,
  templateByName,
} from '../../store/templates.js';
import { applyTemplate, checkTemplate, parametersOf } from '../../templates/apply.js';
import type { Context } from '../deps.js';
import { actor } from '../http/caller.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { type ChangeRequest, templateRequest } from './schemas.js';

const NAME = /^[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?$/;

/** `/api/templates`. */
export function templateRoutes(context: Context): Route[] {
  return [
    { path: /^\/templates\/*$/, GET: () => list(context) },
    {
      path: /^\/templates\/+(?<name>[^/]+)\/*$/,
      GET: async (call) => ({ status: 200, body: shown(await mustFind(context, call.params.name ?? '')) }),
      PUT: (call) => put(context, call),
      DELETE: (call) => remove(context, call),
    },
  ];
}

/** The app that a template gives; refused where a parameter is missing, or the app is none. */
export async function appOfTemplate(
  context: Context,
  { name, parameters }: NonNullable<ChangeRequest['template']>,
): Promise<AppUpdate> {
  const { app } = await mustFind(context, name);
  return applyTemplate(app, parameters);
}

async function list({ store, config }: Context): Promise<Answer> {
  const items = await listTemplates(store.db, config.environment);
  return { status: 200, body: { items: items.map(shown) } };
}

async function put({ store, config, now }: Context, call: Call): Promise<Answer> {
  const name = call.params.name ?? '';
  if (!NAME.test(name)) {
    throw invalidAt('/name', `'${name}' is no name: up to 100 of a-z, 0-9, '.', '_' and '-' are right`);
  }
  const { app, description = '' } = parseWith(templateRequest, call.json());
  checkTemplate(app);
  const template = { name, app, description, updatedAt: now().toISOString(), by: actor(call.caller) };
  const created = await saveTemplate(store.db, config.environment, template);
  return { status: created ? 201 : 200, body: shown(template) };
}

async function remove({ store, config }: Context, { params }: Call): Promise<Answer> {
  const name = params.name ?? '';
  if (!(await removeTemplate(store.db, config.environment, name))) throw unknown(name);
  return { status: 204 };
}

/** A template as `/api` shows it, with the parameters that it needs. */
function shown(template: Template) {
  return { ...template, parameters: parametersOf(template.app) };
}

async function mustFind({ store, config }: Context, name: string): Promise<Template> {
  const found = await templateByName(store.db, config.environment, name);
  if (!found) throw unknown(name);
  return found;
}

function unknown(name: string) {
  return notFound(`There is no template '${name}'.`);
}
