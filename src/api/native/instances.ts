import { once } from 'node:events';
import type { Response } from 'express';
import { notFound } from '../../errors.js';
import type { Instance } from '../../model/instance.js';
import { absolute, ROOT } from '../../model/paths.js';
import type { LogQuery } from '../../runtimes/runtime.js';
import { instanceById, instancesOf, instancesOfApp } from '../../store/instances.js';
import type { Context } from '../deps.js';
import { operation } from '../http/operation.js';
import { flag, oneOf, type QueryOf, text, wholeNumber } from '../http/parameters.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json, media } from '../openapi/answers.js';
import { instance, instancePage, stopped, touchedInstances } from '../openapi/answers-native.js';
import { pageParameters } from './page.js';
import { deploymentId, instanceId } from './path-parameters.js';
import { instancesOfDeployment } from './touched.js';

const DEFAULT_LIMIT = 100;
/** Lines that are given where `tail` does not say. */
const MAX_TAIL = 1_000_000;

const listParameters = { ...pageParameters, app: text('Only those of this app.') };

const logParameters = {
  stream: oneOf('Which output; stdout where nothing is said.', ['stdout', 'stderr'] as const),
  tail: wholeNumber('Only the last so many lines.', { min: 0, max: MAX_TAIL }),
  follow: flag('Go on until the client goes or the instance has ended.'),
};

/** Instances and their logs. */
export function instanceRoutes(context: Context): Route[] {
  const params = { id: instanceId };
  return [
    {
      path: /^\/deployments\/+(?<id>[^/]+)\/+instances\/*$/,
      at: ['/deployments/{id}/instances'],
      params: { id: deploymentId },
      GET: operation(
        {
          id: 'listInstancesOfDeployment',
          summary: 'Instances that a deployment touches, old and new',
          answers: { 200: json('The instances, each with its role.', touchedInstances) },
          refusals: [404],
        },
        (call) => instancesOfDeployment(context, call.params.id ?? ''),
      ),
    },
    {
      path: /^\/instances\/*$/,
      at: ['/instances'],
      GET: operation(
        {
          id: 'listInstances',
          summary: 'Instances as the runtime last told of them',
          query: listParameters,
          answers: { 200: json('A page of instances.', instancePage) },
          refusals: [422],
        },
        (_call, query) => list(context, query),
      ),
    },
    {
      path: /^\/instances\/+stop\/*$/,
      at: ['/instances/stop'],
      POST: operation(
        {
          id: 'stopInstances',
          summary: 'End all instances of this server, as `slipway down --instances` does',
          answers: { 200: json('How many there were.', stopped) },
          refusals: [404],
        },
        () => stopAll(context),
      ),
    },
    {
      path: /^\/instances\/+(?<id>[^/]+)\/*$/,
      at: ['/instances/{id}'],
      params,
      GET: operation(
        {
          id: 'getInstance',
          summary: 'An instance',
          answers: { 200: json('The instance.', instance) },
          refusals: [404],
        },
        (call) => show(context, call),
      ),
    },
    {
      path: /^\/instances\/+(?<id>[^/]+)\/+logs\/*$/,
      at: ['/instances/{id}/logs'],
      params,
      GET: operation(
        {
          id: 'getLogs',
          summary: "Lines of an instance's output",
          query: logParameters,
          answers: { 200: media('The lines.', 'text/plain') },
          refusals: [404],
        },
        (call, query) => logs(context, call, query),
      ),
    },
  ];
}

/** Instances of an app, or of all, as the runtime last told of them. Pages count from the first. */
async function list({ store, config }: Context, query: QueryOf<typeof listParameters>): Promise<Answer> {
  const { limit = DEFAULT_LIMIT, before = '0', app } = query;
  const found =
    app === undefined
      ? await instancesOf(store.db, config.environment)
      : await instancesOfApp(store.db, config.environment, absolute(app, ROOT));
  const end = Number(before) + limit;
  const items = found.slice(Number(before), end);
  return { status: 200, body: { items, ...(found.length > end ? { next: String(end) } : {}) } };
}

/** Ends all instances of this server's runtime, for `slipway down --instances`. */
async function stopAll({ stopInstances }: Context): Promise<Answer> {
  if (stopInstances === undefined) throw notFound('This server has no instances of its own to stop.');
  return { status: 200, body: { stopped: await stopInstances() } };
}

async function show(context: Context, { params }: Call): Promise<Answer> {
  return { status: 200, body: await mustFind(context, params.id ?? '') };
}

async function mustFind({ store, config }: Context, id: string): Promise<Instance> {
  const found = await instanceById(store.db, config.environment, id);
  if (found === undefined) throw notFound(`Instance '${id}' does not exist`);
  return found;
}

/** Streams lines as plain text; with `follow` until the client goes or the instance has ended. */
async function logs(context: Context, call: Call, query: QueryOf<typeof logParameters>): Promise<undefined> {
  const { id } = await mustFind(context, call.params.id ?? '');
  const gone = new AbortController();
  call.res.on('close', () => gone.abort());
  const lines = context.instances.logs(id, { ...logQuery(query), signal: gone.signal });
  await pipeLines(lines, call.res, query.follow);
  return undefined;
}

function logQuery({ stream, tail, follow }: QueryOf<typeof logParameters>): Omit<LogQuery, 'signal'> {
  return { stream: stream ?? 'stdout', follow, ...(tail === undefined ? {} : { tail }) };
}

/** The first line is awaited before the status goes out, so that an unreadable log is still an error. */
async function pipeLines(lines: AsyncIterable<string>, res: Response, follow: boolean): Promise<void> {
  const iterator = lines[Symbol.asyncIterator]();
  const begin = () => beginText(res);
  if (follow) begin();
  for (let next = await iterator.next(); !next.done && !res.closed; next = await iterator.next()) {
    if (!res.headersSent) begin();
    if (!res.write(`${next.value}\n`)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
  }
  if (res.closed) await iterator.return?.();
  if (!res.headersSent) begin();
  res.end();
}

function beginText(res: Response): void {
  res.locals.stream = true;
  res.status(200).type('text/plain');
  res.flushHeaders();
}
