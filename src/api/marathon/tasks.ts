import { z } from 'zod';
import { invalidAt, TerminalError } from '../../errors.js';
import { type Instance, isAlive } from '../../model/instance.js';
import { instancesOf } from '../../store/instances.js';
import { loadRoot } from '../../store/roots.js';
import type { Context } from '../deps.js';
import { operation } from '../http/operation.js';
import { words } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json } from '../openapi/answers.js';
import { killedTasks, tasksAnswer } from '../openapi/answers-marathon.js';
import { aliveTasks, killInstances, killMode } from './kill.js';
import { type KillQuery, killParameters } from './parameters.js';

/** `app_path.instance-<uuid>._app.<n>`, and the older `app_path.<uuid>`. */
const TASK_ID = /^[a-z0-9._-]+\.(instance-|marathon-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\..+)?$/;

const idsBody = z.object({ ids: z.array(z.string()) });

/** `/v2/tasks`. */
export function taskRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/tasks\/*$/,
      at: ['/tasks'],
      GET: operation(
        {
          id: 'listTasks',
          summary: 'All tasks',
          query: { status: words('Only those that are `running` or `staging`.') },
          answers: { 200: json('The tasks.', tasksAnswer) },
        },
        (_call, { status }) => listTasks(context, status),
      ),
    },
    {
      path: /^\/tasks\/+delete\/*$/,
      at: ['/tasks/delete'],
      POST: operation(
        {
          id: 'killTasks',
          summary: 'Kill tasks by their ids',
          query: killParameters,
          body: { schema: idsBody },
          answers: { 200: json('The tasks; with `scale` the deployment.', killedTasks) },
          refusals: [404, 409, 422],
        },
        (call, query) => deleteTasks(context, call, query),
      ),
    },
  ];
}

async function listTasks({ store, config }: Context, status: string[]): Promise<Answer> {
  const wanted = new Set(status);
  const { apps } = await loadRoot(store, config.environment);
  const found = await instancesOf(store.db, config.environment);
  const shown = wanted.size === 0 ? found : found.filter(({ state }) => wanted.has(state));
  return { status: 200, body: { tasks: aliveTasks(shown, apps) } };
}

async function deleteTasks(context: Context, call: Call, query: KillQuery): Promise<Answer> {
  const ids = taskIds(call.json());
  const mode = killMode(query);
  const { store, config } = context;
  const { apps } = await loadRoot(store, config.environment);
  const found = (await instancesOf(store.db, config.environment)).filter(
    ({ id, state }) => ids.has(id) && isAlive(state),
  );
  if (mode.scale) requireKnown(ids, found);
  return killInstances(context, call, mode, found, () => ({ tasks: aliveTasks(found, apps) }));
}

function taskIds(body: unknown): Set<string> {
  const parsed = idsBody.safeParse(body);
  if (!parsed.success) throw invalidAt('/ids', 'a list of task ids is right');
  for (const id of parsed.data.ids) if (!TASK_ID.test(id)) throw invalidTaskId(id);
  return new Set(parsed.data.ids);
}

function invalidTaskId(id: string): TerminalError {
  return new TerminalError(
    'bad_request',
    `Invalid task id '${id}'. [An id like product_db.instance-<uuid>._app.1 is right.]`,
  );
}

/** A deployment that kills nothing would scale nothing, and the caller would not learn that the tasks are gone. */
function requireKnown(ids: Set<string>, found: Instance[]): void {
  if (found.length > 0) return;
  const [first = ''] = ids;
  throw new TerminalError('not_found', `Task '${first}' does not exist`);
}
