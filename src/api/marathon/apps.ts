import { appJson } from '../../formats/marathon/app-json.js';
import { appChangeSchema } from '../../formats/marathon/parse-change.js';
import { appListSchema, appSchema } from '../../formats/marathon/schema.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';
import { ROOT } from '../../model/paths.js';
import { definitionOf, missingVersion, versionsOfApp } from '../../store/versions.js';
import type { Context } from '../deps.js';
import { appId, groupId, version as versionParameter } from '../http/app-id.js';
import { operation } from '../http/operation.js';
import { flag } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { CREATED_HEADERS, DEPLOYMENT_HEADERS, json } from '../openapi/answers.js';
import { appDefinition } from '../openapi/answers-app.js';
import {
  appAnswer,
  appsAnswer,
  appsOfGroupAnswer,
  createdApp,
  deploymentResult,
  versionsAnswer,
} from '../openapi/answers-marathon.js';
import { changeMany, createApp, deleteApp, patchApp, putApp, restartApp } from './app-changes.js';
import { appFilter } from './app-filter.js';
import { appInfos, appList } from './app-infos.js';
import { appPath } from './app-paths.js';
import { appTaskRoutes } from './app-tasks.js';
import { appEmbed, singleAppEmbed } from './embed.js';
import { appsBelow, idOf, mustFindApp } from './find.js';
import {
  type EmbedQuery,
  embedParameters,
  type FilterQuery,
  filterParameters,
  forceParameters,
  partialParameters,
} from './parameters.js';

/** `/v2/apps`. Routes with a suffix come before the one that takes any id. */
export function appRoutes(context: Context): Route[] {
  const params = { id: appId };
  return [
    {
      path: /^\/apps\/*$/,
      at: ['/apps'],
      GET: operation(
        {
          id: 'listApps',
          summary: 'All apps',
          query: { ...filterParameters, ...embedParameters },
          answers: { 200: json('The apps, always with counts and deployments.', appsAnswer) },
        },
        (_call, query) => list(context, query),
      ),
      POST: operation(
        {
          id: 'createApp',
          summary: 'Make an app',
          query: forceParameters,
          body: { schema: appSchema },
          answers: { 201: json('The app, before anything of it runs.', createdApp, CREATED_HEADERS) },
          refusals: [409, 422],
        },
        (call, query) => createApp(context, call, query),
      ),
      PUT: operation(
        {
          id: 'putApps',
          summary: 'Change or make many apps by one deployment',
          query: partialParameters,
          body: { schema: appListSchema },
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, { force, partialUpdate }) =>
          changeMany(context, call, { force, partial: partialUpdate, create: true }),
      ),
      PATCH: operation(
        {
          id: 'patchApps',
          summary: 'Change many apps by one deployment',
          query: forceParameters,
          body: { schema: appListSchema },
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, { force }) => changeMany(context, call, { force, partial: true, create: false }),
      ),
    },
    {
      path: appPath('restart'),
      at: ['/apps/{id}/restart'],
      params,
      POST: operation(
        {
          id: 'restartApp',
          summary: 'Replace all instances of an app, also where nothing has changed',
          query: forceParameters,
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, query) => restartApp(context, call, query),
      ),
    },
    ...appTaskRoutes(context),
    {
      path: appPath('versions'),
      at: ['/apps/{id}/versions'],
      params,
      GET: operation(
        {
          id: 'listAppVersions',
          summary: 'Versions of an app, the newest first',
          answers: { 200: json('Their names.', versionsAnswer) },
          refusals: [404, 422],
        },
        (call) => versions(context, call),
      ),
    },
    {
      path: appPath('versions/+(?<version>[^/]+)'),
      at: ['/apps/{id}/versions/{version}'],
      params: { ...params, version: versionParameter },
      GET: operation(
        {
          id: 'getAppVersion',
          summary: 'The definition of an app with that version',
          answers: { 200: json('The definition.', appDefinition) },
          refusals: [404, 422],
        },
        (call) => version(context, call),
      ),
    },
    {
      path: /^\/apps(?<id>\/.*?)?\/+\*\/*$/,
      at: ['/apps/{id}/*', '/apps/*'],
      params: { id: groupId },
      GET: operation(
        {
          id: 'listAppsBelow',
          summary: 'Apps of a group at any depth',
          query: embedParameters,
          answers: { 200: json('The apps; none where there is no such group.', appsOfGroupAnswer) },
          refusals: [422],
        },
        (call, { embed }) => listGroup(context, call, embed),
      ),
    },
    {
      path: appPath(),
      at: ['/apps/{id}'],
      params,
      GET: operation(
        {
          id: 'getApp',
          summary: 'An app',
          query: embedParameters,
          answers: {
            200: json('The app, always with counts, tasks, deployments and its last failure.', appAnswer),
          },
          refusals: [404, 422],
        },
        (call, { embed }) => show(context, call, embed),
      ),
      PUT: operation(
        {
          id: 'putApp',
          summary: 'Change or make an app, or go back to a version of it',
          query: partialParameters,
          body: { schema: appChangeSchema },
          answers: {
            200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS),
            201: json('The deployment that makes the app.', deploymentResult, CREATED_HEADERS),
          },
          refusals: [404, 409, 422],
        },
        (call, query) => putApp(context, call, query),
      ),
      PATCH: operation(
        {
          id: 'patchApp',
          summary: 'Change an app, or go back to a version of it',
          query: forceParameters,
          body: { schema: appChangeSchema },
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, query) => patchApp(context, call, query),
      ),
      DELETE: operation(
        {
          id: 'deleteApp',
          summary: 'Stop and forget an app',
          query: { force: flag('Supersede the deployments that hold the lock.', true) },
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, query) => deleteApp(context, call, query),
      ),
    },
  ];
}

async function list(context: Context, query: FilterQuery & EmbedQuery): Promise<Answer> {
  const fits = appFilter(query);
  const found = (await appsBelow(context, ROOT)).filter(fits);
  return appList(context, 'apps', found, appEmbed(query.embed));
}

async function listGroup(context: Context, call: Call, embed: string[]): Promise<Answer> {
  const found = await appsBelow(context, idOf(call));
  return appList(context, '*', found, appEmbed(embed));
}

async function show(context: Context, call: Call, embed: string[]): Promise<Answer> {
  const app = await mustFindApp(context, idOf(call));
  const [info] = await appInfos(context, [app], singleAppEmbed(embed));
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
  if (app === undefined) throw await missingVersion(store.db, config.environment, id, at);
  return { status: 200, body: appJson(app) };
}
