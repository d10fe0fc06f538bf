import { notFound } from '../../errors.js';
import { type GroupView, groupJson } from '../../formats/marathon/group-json.js';
import { groupChangeSchema } from '../../formats/marathon/parse-change.js';
import { groupSchema } from '../../formats/marathon/schema.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';
import type { App, PathId } from '../../model/app.js';
import type { Root } from '../../model/root.js';
import { loadRoot } from '../../store/roots.js';
import { rootAt, versionsOfGroup } from '../../store/versions.js';
import type { Context } from '../deps.js';
import { groupId, version as versionParameter } from '../http/app-id.js';
import { operation } from '../http/operation.js';
import { flag } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { CREATED_HEADERS, DEPLOYMENT_HEADERS, empty, json } from '../openapi/answers.js';
import {
  appsAnswer,
  deploymentResult,
  group,
  groupChanged,
  versionList,
} from '../openapi/answers-marathon.js';
import { appInfos, appList } from './app-infos.js';
import { groupPath } from './app-paths.js';
import { type AppEmbed, appEmbed, type GroupEmbed, groupEmbed } from './embed.js';
import { appsBelow, idOf } from './find.js';
import {
  createGroup,
  deleteGroup,
  enforceRole,
  enforceRoleSchema,
  putGroup,
  rollBackTo,
} from './group-changes.js';
import { embedParameters, forceParameters, groupEmbedParameters } from './parameters.js';

/** `/v2/groups`. Routes with a suffix come before the one that takes any id. */
export function groupRoutes(context: Context): Route[] {
  const params = { id: groupId };
  return [
    {
      path: groupPath('versions'),
      at: ['/groups/{id}/versions', '/groups/versions'],
      params,
      GET: operation(
        {
          id: 'listGroupVersions',
          summary: 'Versions of a group, the newest first',
          answers: { 200: json('Their names.', versionList) },
          refusals: [404, 422],
        },
        (call) => versions(context, call),
      ),
    },
    {
      path: groupPath('versions/+(?<version>[^/]+)'),
      at: ['/groups/{id}/versions/{version}', '/groups/versions/{version}'],
      params: { ...params, version: versionParameter },
      GET: operation(
        {
          id: 'getGroupVersion',
          summary: 'A group as it was',
          answers: { 200: json('The group and all in it.', group) },
          refusals: [404, 422],
        },
        (call) => version(context, call),
      ),
      PUT: operation(
        {
          id: 'rollBackGroup',
          summary: 'Bring a group back to a version',
          query: forceParameters,
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, query) => rollBackTo(context, call, query),
      ),
    },
    {
      path: groupPath('apps'),
      at: ['/groups/{id}/apps', '/groups/apps'],
      params,
      GET: operation(
        {
          id: 'listGroupApps',
          summary: 'Apps of a group at any depth',
          query: embedParameters,
          answers: { 200: json('The apps.', appsAnswer) },
          refusals: [404, 422],
        },
        (call, { embed }) => apps(context, call, embed),
      ),
    },
    {
      path: groupPath(),
      at: ['/groups/{id}', '/groups'],
      params,
      GET: operation(
        {
          id: 'getGroup',
          summary: 'A group',
          query: groupEmbedParameters,
          answers: { 200: json('The group and what is embedded.', group) },
          refusals: [404, 422],
        },
        (call, { embed }) => show(context, call, embed),
      ),
      POST: operation(
        {
          id: 'createGroup',
          summary: 'Make a group with apps and groups in it',
          query: forceParameters,
          body: { schema: groupSchema },
          answers: { 201: json('The deployment.', deploymentResult, CREATED_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, query) => createGroup(context, call, query),
      ),
      PUT: operation(
        {
          id: 'putGroup',
          summary: 'Change or make a group, scale it by a factor, or go back to a version of it',
          query: { ...forceParameters, dryRun: flag('Only show the plan; nothing is stored.') },
          body: { schema: groupChangeSchema },
          answers: { 200: json('The deployment; with `dryRun` the steps.', groupChanged) },
          refusals: [404, 409, 422],
        },
        (call, query) => putGroup(context, call, query),
      ),
      PATCH: operation(
        {
          id: 'enforceRole',
          summary: 'Taken for the sake of clients: roles of Mesos have no meaning here',
          body: { schema: enforceRoleSchema },
          answers: { 200: empty('Nothing has changed.') },
          refusals: [404, 422],
        },
        (call) => enforceRole(context, call),
      ),
      DELETE: operation(
        {
          id: 'deleteGroup',
          summary: 'Stop and forget a group and all in it; of the root, everything',
          query: forceParameters,
          answers: { 200: json('The deployment.', deploymentResult, DEPLOYMENT_HEADERS) },
          refusals: [404, 409, 422],
        },
        (call, query) => deleteGroup(context, call, query),
      ),
    },
  ];
}

async function show(context: Context, call: Call, embed: string[]): Promise<Answer> {
  const root = await loadRoot(context.store, context.config.environment);
  const id = idOf(call);
  requireGroup(root, id);
  return { status: 200, body: await render(context, root, id, groupEmbed(embed)) };
}

function requireGroup(root: Root, id: PathId): void {
  if (!root.groups.has(id)) throw notFound(`Group '${id}' does not exist`);
}

async function apps(context: Context, call: Call, embed: string[]): Promise<Answer> {
  const root = await loadRoot(context.store, context.config.environment);
  const id = idOf(call);
  requireGroup(root, id);
  const found = await appsBelow(context, id);
  return appList(context, 'apps', found, appEmbed(embed));
}

/** A bare array (Marathon issue 2329). */
async function versions(context: Context, call: Call): Promise<Answer> {
  const root = await loadRoot(context.store, context.config.environment);
  const id = idOf(call);
  requireGroup(root, id);
  return { status: 200, body: await versionsOfGroup(context.store.db, context.config.environment, id) };
}

async function version(context: Context, call: Call): Promise<Answer> {
  const at = parseTimestamp(call.params.version ?? '');
  const id = idOf(call);
  const root = await rootAt(context.store.db, context.config.environment, id, at);
  if (root === undefined) throw notFound(`Group '${id}' does not exist in version ${at}`);
  return { status: 200, body: await render(context, root, id, { apps: true, groups: true }) };
}

async function render(
  context: Context,
  root: Root,
  id: PathId,
  embed: GroupEmbed,
): Promise<object | undefined> {
  const view: GroupView = { apps: embed.apps, groups: embed.groups };
  if (embed.app !== undefined) view.app = await shownWith(context, id, embed.app);
  return groupJson(root, id, view);
}

/** How apps are shown with what is embedded, which is read for all of them at once. */
async function shownWith(context: Context, group: PathId, embed: AppEmbed): Promise<(app: App) => object> {
  const apps = await appsBelow(context, group);
  const infos = await appInfos(context, apps, embed);
  const shown = new Map(apps.map((app, index) => [app.id, infos[index] ?? {}]));
  return (app) => shown.get(app.id) ?? {};
}
