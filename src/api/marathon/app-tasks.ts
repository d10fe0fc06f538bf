import { notFound } from '../../errors.js';
import { isAlive } from '../../model/instance.js';
import { instanceById, instancesOf, instancesOfApp } from '../../store/instances.js';
import type { Context } from '../deps.js';
import { appId, groupId } from '../http/app-id.js';
import { operation } from '../http/operation.js';
import { text } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json } from '../openapi/answers.js';
import { killedTask, killedTasks, tasksAnswer } from '../openapi/answers-marathon.js';
import { appPath } from './app-paths.js';
import { appsBelow, idOf, mustFindApp } from './find.js';
import { aliveTasks, killInstances, killMode, taskOf } from './kill.js';
import { type KillQuery, killParameters } from './parameters.js';

/** Tasks of an app, `/v2/apps/{id}/tasks`, and of all apps of a group, whose id then ends with a star. */
export function appTaskRoutes(context: Context): Route[] {
  const params = { id: appId };
  return [
    {
      path: /^\/apps(?<id>\/.*?)?\/+\*\/+tasks\/*$/,
      at: ['/apps/{id}/*/tasks', '/apps/*/tasks'],
      params: { id: groupId },
      GET: operation(
        {
          id: 'listTasksBelow',
          summary: 'Tasks of all apps of a group',
          answers: { 200: json('The tasks; none where there is no such group.', tasksAnswer) },
          refusals: [422],
        },
        (call) => listOfGroup(context, call),
      ),
    },
    {
      path: appPath('tasks'),
      at: ['/apps/{id}/tasks'],
      params,
      GET: operation(
        {
          id: 'listAppTasks',
          summary: 'Tasks of an app',
          answers: { 200: json('The tasks.', tasksAnswer) },
          refusals: [404, 422],
        },
        (call) => list(context, call),
      ),
      DELETE: operation(
        {
          id: 'killAppTasks',
          summary: 'Kill tasks of an app',
          query: { ...killParameters, host: text('Only tasks on this host; `*` means all.') },
          answers: { 200: json('The tasks; with `scale` the deployment.', killedTasks) },
          refusals: [404, 409, 422],
        },
        (call, query) => killAll(context, call, query),
      ),
    },
    {
      path: appPath('tasks/+(?<task>[^/]+)'),
      at: ['/apps/{id}/tasks/{task}'],
      params: { ...params, task: { description: 'Id of a task.' } },
      DELETE: operation(
        {
          id: 'killAppTask',
          summary: 'Kill a task of an app',
          query: killParameters,
          answers: { 200: json('The task; with `scale` the deployment.', killedTask) },
          refusals: [404, 409, 422],
        },
        (call, query) => killOne(context, call, query),
      ),
    },
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

async function killAll(
  context: Context,
  call: Call,
  { host = '*', ...query }: KillQuery & { host: string | undefined },
): Promise<Answer> {
  const mode = killMode(query);
  const app = await mustFindApp(context, idOf(call));
  const all = await instancesOfApp(context.store.db, context.config.environment, app.id);
  const found = all.filter((each) => isAlive(each.state) && (host === '*' || each.host === host));
  return killInstances(context, call, mode, found, () => ({
    tasks: aliveTasks(found, new Map([[app.id, app]])),
  }));
}

async function killOne(context: Context, call: Call, query: KillQuery): Promise<Answer> {
  const mode = killMode(query);
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
