import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { InstanceControl } from '../api/deps.js';
import { TerminalError } from '../errors.js';
import type { LogQuery } from '../runtimes/runtime.js';
import type { Handle } from './endpoint.js';

/** Paths of an agent's control endpoint; remote-instances.ts calls them. */
export const CONTROL = {
  kill: '/control/kill',
  resetDelay: '/control/reset-delay',
  logs: '/control/logs',
} as const;

/** Bodies; a call of another version with fields that are not known is understood as far as it goes. */
const KILL = z.object({
  instances: z.array(z.string()),
  graceSeconds: z.number().min(0).optional(),
  wipe: z.boolean().optional(),
});
const RESET_DELAY = z.object({ app: z.string() });

export type KillCall = z.infer<typeof KILL>;
export type ResetDelayCall = z.infer<typeof RESET_DELAY>;

/** Carries out what API servers of other processes ask of the instances here. Every call has to carry the token. */
export function controlHandler(
  instances: Pick<InstanceControl, 'kill' | 'resetDelay' | 'logs'>,
  token: string,
): Handle {
  return async (req, res, url) => {
    if (!url.pathname.startsWith('/control/')) return false;
    requireToken(req, token);
    if (is(req, url, 'POST', CONTROL.kill)) await kill(instances, req, res);
    else if (is(req, url, 'POST', CONTROL.resetDelay)) await resetDelay(instances, req, res);
    else if (is(req, url, 'GET', CONTROL.logs)) await logs(instances, res, url);
    else return false;
    return true;
  };
}

function is(req: IncomingMessage, url: URL, method: string, path: string): boolean {
  return req.method === method && url.pathname === path;
}

function requireToken(req: IncomingMessage, token: string): void {
  const given = digest(req.headers.authorization ?? '');
  if (timingSafeEqual(given, digest(`Bearer ${token}`))) return;
  throw new TerminalError('unauthorized', 'This is for API servers of the same installation.');
}

/** Digests have one length, so that the comparison takes the same time for every guess. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function kill(
  instances: Pick<InstanceControl, 'kill'>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { instances: ids, graceSeconds, wipe } = KILL.parse(await json(req));
  await instances.kill(ids, {
    ...(graceSeconds !== undefined && { graceSeconds }),
    ...(wipe !== undefined && { wipe }),
  });
  res.writeHead(204).end();
}

async function resetDelay(
  instances: Pick<InstanceControl, 'resetDelay'>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  await instances.resetDelay(RESET_DELAY.parse(await json(req)).app);
  res.writeHead(204).end();
}

/** One JSON text a line, as an output's line may hold anything. */
async function logs(instances: Pick<InstanceControl, 'logs'>, res: ServerResponse, url: URL): Promise<void> {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  const lines = instances.logs(url.searchParams.get('instance') ?? '', {
    ...logQuery(url.searchParams),
    signal: gone.signal,
  });
  const iterator = lines[Symbol.asyncIterator]();
  // Followed output may be silent for long; read output fails before its first line, if at all.
  const begin = () => res.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).flushHeaders();
  if (url.searchParams.get('follow') === 'true') begin();
  for (let next = await iterator.next(); !next.done && !res.closed; next = await iterator.next()) {
    if (!res.headersSent) begin();
    if (!res.write(`${JSON.stringify(next.value)}\n`))
      await Promise.race([once(res, 'drain'), once(res, 'close')]);
  }
  if (res.closed) await iterator.return?.();
  if (!res.headersSent) begin();
  res.end();
}

function logQuery(query: URLSearchParams): Omit<LogQuery, 'signal'> {
  const tail = query.get('tail');
  return {
    stream: query.get('stream') === 'stderr' ? 'stderr' : 'stdout',
    follow: query.get('follow') === 'true',
    ...(tail === null ? {} : { tail: Number(tail) }),
  };
}
