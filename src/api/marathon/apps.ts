import { notFound } from '../../errors.js';
import { appJson } from '../../formats/marathon/app-json.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';
import { ROOT } from '../../model/paths.js';
import { definitionOf, versionsOfApp } from '../../store/versions.js';
import type { Context } from '../deps.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { changeMany, createApp, deleteApp, patchApp, putApp, restartApp } from './app-changes.js';
import { appFilter } from './app-filter.js';
import { appInfos, appList } from './app-infos.js';
import { appPath } from './app-paths.js';
import { appTaskRoutes } from './app-tasks.js';
import { appEmbed, singleAppEmbed } from './embed.js';
import { appsBelow, idOf, mustFindApp } from './find.js';

/** `/v2/apps`. Routes with a suffix come before the one that takes any id. */
export function appRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/apps\/*$/,
      GET: (call) => list(context, call),
      POST: (call) => createApp(context, call),
      PUT: (call) => changeMany(context, call, 'PUT'),
      PATCH: (call) => changeMany(context, call, 'PATCH'),
    },
    { path: appPath('restart'), POST: (call) => restartApp(context, call) },
    ...appTaskRoutes(context),
    { path: appPath('versions'), GET: (call) => versions(context, call) },
    { path: appPath('versions/+(?<version>[^/]+)'), GET: (call) => version(context, call) },
    { path: /^\/apps(?<id>\/.*?)?\/+\*\/*$/, GET: (call) => listGroup(context, call) },
    {
      path: appPath(),
      GET: (call) => show(context, call),
      PUT: (call) => putApp(context, call),
      PATCH: (call) => patchApp(context, call),
      DELETE: (call) => deleteApp(context, call),
    },
  ];
}

async function list(context: Context, { query }: Call): Promise<Answer> {
  const fits = appFilter(query);
  const found = (await appsBelow(context, ROOT)).filter(fits);
  return appList(context, 'apps', found, appEmbed(query));
}

async function listGroup(context: Context, call: Call): Promise<Answer> {
  const found = await appsBelow(context, idOf(call));
  return appList(context, '*', found, appEmbed(call.query));
}

async function show(context: Context, call: Call): Promise<Answer> {
  const app = await mustFindApp(context, idOf(call));
  const [info] = await appInfos(context, [app], singleAppEmbed(call.query));
  return { status: 200, body: { app: info } };
}

async function versions(context: Context, call: Call): Promise<Answer> {
  const { id } = await mustFindApp(context, idOf(call));
  const found = await versionsOfApp(context.store.db, context.config.environment, id);
  return { status: 200, body: { versions: found } };
}

async function version({ store, config }: Context, call: Call): Promise<Answer> {
  const at = parseTimestamp(call.params.version ?? '');
  const id = idOf(call);
  const app = await definitionOf(store.db, config.environment, id, at);
  if (app === undefined) throw notFound(`App '${id}' does not exist in version ${at}`);
  return { status: 200, body: appJson(app) };
}
