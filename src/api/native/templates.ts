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
import { operation } from '../http/operation.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { empty, json } from '../openapi/answers.js';
import { template as templateAnswer, templateList } from '../openapi/answers-native.js';
import { templateName } from './path-parameters.js';
import { type ChangeRequest, templateRequest } from './schemas.js';

const NAME = /^[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?$/;

/** `/api/templates`. */
export function templateRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/templates\/*$/,
      at: ['/templates'],
      GET: operation(
        {
          id: 'listTemplates',
          summary: 'Templates of app configuration',
          answers: { 200: json('All templates.', templateList) },
        },
        () => list(context),
      ),
    },
    {
      path: /^\/templates\/+(?<name>[^/]+)\/*$/,
      at: ['/templates/{name}'],
      params: { name: templateName },
      GET: operation(
        {
          id: 'getTemplate',
          summary: 'A template, with the parameters that it needs',
          answers: { 200: json('The template.', templateAnswer) },
          refusals: [404],
        },
        (call) => show(context, call),
      ),
      PUT: operation(
        {
          id: 'putTemplate',
          summary: 'Keep a template',
          body: { schema: templateRequest },
          answers: {
            200: json('It replaced the one of that name.', templateAnswer),
            201: json('It is new.', templateAnswer),
          },
        },
        (call) => put(context, call),
      ),
      DELETE: operation(
        {
          id: 'deleteTemplate',
          summary: 'Forget a template',
          answers: { 204: empty('It is gone; apps that were made from it stay.') },
          refusals: [404],
        },
        (call) => remove(context, call),
      ),
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

async function show(context: Context, { params }: Call): Promise<Answer> {
  return { status: 200, body: shown(await mustFind(context, params.name ?? '')) };
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
