import { notFound } from '../../errors.js';
import { isAlive } from '../../model/instance.js';
import { instanceById, instancesOf, instancesOfApp } from '../../store/instances.js';
import type { Context } from '../deps.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { appPath } from './app-paths.js';
import { appsBelow, idOf, mustFindApp } from './find.js';
import { aliveTasks, killInstances, killMode, taskOf } from './kill.js';

/** Tasks of an app, `/v2/apps/{id}/tasks`, and of all apps of a group, whose id then ends with a star. */
export function appTaskRoutes(context: Context): Route[] {
  return [
    { path: /^\/apps(?<id>\/.*?)?\/+\*\/+tasks\/*$/, GET: (call) => listOfGroup(context, call) },
    {
      path: appPath('tasks'),
      GET: (call) => list(context, call),
      DELETE: (call) => killAll(context, call),
    },
    { path: appPath('tasks/+(?<task>[^/]+)'), DELETE: (call) => killOne(context, call) },
  ];
}

async function list(context: Context, call: Call): Promise<Answer> {
  const app = await mustFindApp(context, idOf(call));
  const found = await instancesOfApp(context.store.db, context.config.environment, app.id);
  return { status: 200, body: { tasks: aliveTasks(found, new Map([[app.id, app]])) } };
}

async function listOfGroup(context: Context, call: Call): Promise<Answer> {
  const below = await appsBelow(context, idOf(call));
  const apps = new Map(below.map((app) => [app.id, app]));
  const found = await instancesOf(context.store.db, context.config.environment);
  return {
    status: 200,
    body: {
      tasks: aliveTasks(
        found.filter(({ app }) => apps.has(app)),
        apps,
      ),
    },
  };
}

async function killAll(context: Context, call: Call): Promise<Answer> {
  const mode = killMode(call.query);
  const host = call.query.get('host') ?? '*';
  const app = await mustFindApp(context, idOf(call));
  const all = await instancesOfApp(context.store.db, context.config.environment, app.id);
  const found = all.filter((each) => isAlive(each.state) && (host === '*' || each.host === host));
  return killInstances(context, call, mode, found, () => ({
    tasks: aliveTasks(found, new Map([[app.id, app]])),
  }));
}

async function killOne(context: Context, call: Call): Promise<Answer> {
  const mode = killMode(call.query);
  const app = await mustFindApp(context, idOf(call));
  const id = call.params.task ?? '';
  const found = await instanceById(context.store.db, context.config.environment, id);
  if (found === undefined || found.app !== app.id || !isAlive(found.state)) {
    throw notFound(`Task '${id}' does not exist`);
  }
  return killInstances(context, call, mode, [found], () => ({
    task: taskOf(found, new Map([[app.id, app]])),
  }));
}
