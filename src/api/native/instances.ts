import { once } from 'node:events';
import type { Response } from 'express';
import { notFound } from '../../errors.js';
import type { Instance } from '../../model/instance.js';
import { absolute, ROOT } from '../../model/paths.js';
import type { LogQuery } from '../../runtimes/runtime.js';
import { instanceById, instancesOf, instancesOfApp } from '../../store/instances.js';
import type { Context } from '../deps.js';
import { flag, oneOf, wholeNumber } from '../http/query.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { pageOf } from './page.js';
import { instancesOfDeployment } from './touched.js';

const DEFAULT_LIMIT = 100;
/** Lines that are given where `tail` does not say. */
const MAX_TAIL = 1_000_000;

/** Instances and their logs. */
export function instanceRoutes(context: Context): Route[] {
  return [
    {
      path: /^\/deployments\/+(?<id>[^/]+)\/+instances\/*$/,
      GET: (call) => instancesOfDeployment(context, call.params.id ?? ''),
    },
    { path: /^\/instances\/*$/, GET: (call) => list(context, call) },
    { path: /^\/instances\/+stop\/*$/, POST: () => stopAll(context) },
    { path: /^\/instances\/+(?<id>[^/]+)\/*$/, GET: (call) => show(context, call) },
    { path: /^\/instances\/+(?<id>[^/]+)\/+logs\/*$/, GET: (call) => logs(context, call) },
  ];
}

/** Instances of an app, or of all, as the runtime last told of them. Pages count from the first. */
async function list({ store, config }: Context, { query }: Call): Promise<Answer> {
  const { limit = DEFAULT_LIMIT, before = '0' } = pageOf(query);
  const app = query.get('app');
  const found =
    app === null
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
async function logs(context: Context, call: Call): Promise<undefined> {
  const query = logQuery(call.query);
  const { id } = await mustFind(context, call.params.id ?? '');
  const gone = new AbortController();
  call.res.on('close', () => gone.abort());
  const lines = context.instances.logs(id, { ...query, signal: gone.signal });
  await pipeLines(lines, call.res, query.follow ?? false);
  return undefined;
}

function logQuery(query: URLSearchParams): Omit<LogQuery, 'signal'> {
  const tail = wholeNumber(query, 'tail', { min: 0, max: MAX_TAIL });
  return {
    stream: oneOf(query, 'stream', ['stdout', 'stderr'] as const) ?? 'stdout',
    follow: flag(query, 'follow'),
    ...(tail === undefined ? {} : { tail }),
  };
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
