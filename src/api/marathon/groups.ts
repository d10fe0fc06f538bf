import { notFound } from '../../errors.js';
import { type GroupView, groupJson } from '../../formats/marathon/group-json.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';
import type { App, PathId } from '../../model/app.js';
import type { Root } from '../../model/root.js';
import { loadRoot } from '../../store/roots.js';
import { rootAt, versionsOfGroup } from '../../store/versions.js';
import type { Context } from '../deps.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { appInfos, appList } from './app-infos.js';
import { groupPath } from './app-paths.js';
import { type AppEmbed, appEmbed, type GroupEmbed, groupEmbed } from './embed.js';
import { appsBelow, idOf } from './find.js';
import { createGroup, deleteGroup, enforceRole, putGroup, rollBackTo } from './group-changes.js';

/** `/v2/groups`. Routes with a suffix come before the one that takes any id. */
export function groupRoutes(context: Context): Route[] {
  return [
    { path: groupPath('versions'), GET: (call) => versions(context, call) },
    {
      path: groupPath('versions/+(?<version>[^/]+)'),
      GET: (call) => version(context, call),
      PUT: (call) => rollBackTo(context, call),
    },
    { path: groupPath('apps'), GET: (call) => apps(context, call) },
    {
      path: groupPath(),
      GET: (call) => show(context, call),
      POST: (call) => createGroup(context, call),
      PUT: (call) => putGroup(context, call),
      PATCH: (call) => enforceRole(context, call),
      DELETE: (call) => deleteGroup(context, call),
    },
  ];
}

async function show(context: Context, call: Call): Promise<Answer> {
  const root = await loadRoot(context.store, context.config.environment);
  const id = idOf(call);
  requireGroup(root, id);
  return { status: 200, body: await render(context, root, id, groupEmbed(call.query)) };
}

function requireGroup(root: Root, id: PathId): void {
  if (!root.groups.has(id)) throw notFound(`Group '${id}' does not exist`);
}

async function apps(context: Context, call: Call): Promise<Answer> {
  const root = await loadRoot(context.store, context.config.environment);
  const id = idOf(call);
  requireGroup(root, id);
  const found = await appsBelow(context, id);
  return appList(context, 'apps', found, appEmbed(call.query));
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
