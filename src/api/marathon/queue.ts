import { notFound } from '../../errors.js';
import { queueJson } from '../../formats/marathon/queue-json.js';
import { absolute, ROOT } from '../../model/paths.js';
import { waitingOf } from '../../store/instances.js';
import { loadRoot } from '../../store/roots.js';
import type { Context } from '../deps.js';
import { appId } from '../http/app-id.js';
import { operation } from '../http/operation.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { empty, json } from '../openapi/answers.js';
import { queueAnswer } from '../openapi/answers-marathon.js';

/** `/v2/queue`: what is wanted but not launched, and why. */
export function queueRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/queue\/*$/,
      at: ['/queue'],
      GET: operation(
        {
          id: 'listQueue',
          summary: 'What is wanted but not launched, and why',
          answers: { 200: json('One entry per app.', queueAnswer) },
        },
        () => listQueue(context),
      ),
    },
    {
      path: /^\/queue\/+(?<id>.+?)\/+delay\/*$/,
      at: ['/queue/{id}/delay'],
      params: { id: appId },
      DELETE: operation(
        {
          id: 'resetDelay',
          summary: 'Launch what waits for its back-off at once',
          answers: { 204: empty('Done.') },
          refusals: [404, 422],
        },
        (call) => resetDelay(context, call),
      ),
    },
  ];
}

async function listQueue({ store, config, now }: Context): Promise<Answer> {
  const { apps } = await loadRoot(store, config.environment);
  const waiting = await waitingOf(store.db, config.environment);
  return { status: 200, body: queueJson(waiting, apps, now().toISOString()) };
}

async function resetDelay({ store, config, instances }: Context, { params }: Call): Promise<Answer> {
  const id = absolute(params.id ?? '', ROOT);
  const waiting = await waitingOf(store.db, config.environment);
  if (!waiting.some(({ app }) => app === id)) throw notFound(`Application ${id} not found in tasks queue.`);
  await instances.resetDelay(id);
  return { status: 204 };
}
