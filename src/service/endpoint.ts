import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RetryableError, TerminalError } from '../errors.js';
import type { Metrics } from '../telemetry/metrics.js';

/** Takes a request; false where it is not for it. What it throws becomes the answer. */
export type Handle = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<boolean>;

/** The parts that have to work, and whether they do. */
export type Parts = Record<string, boolean>;

export interface Endpoint {
  port: number;
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 2_000;
const RETRY_AFTER_SECONDS = 2;

/** A small HTTP server: `/healthz` (the process is there), `/readyz` (every part works), and what one of `handlers` takes. */
export async function openEndpoint(
  where: { host: string; port: number },
  parts: () => Parts,
  ...handlers: Handle[]
): Promise<Endpoint> {
  const server = createServer((req, res) => {
    answer(req, res, parts, handlers).catch((error: unknown) => answerError(res, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

/** `/metrics`, in Prometheus' form. */
export function metricsHandler(metrics: Metrics): Handle {
  return async (_req, res, { pathname }) => {
    if (pathname !== '/metrics') return false;
    const text = await metrics.text();
    res.writeHead(200, { 'Content-Type': metrics.registry.contentType }).end(text);
    return true;
  };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  parts: () => Parts,
  handlers: Handle[],
): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://endpoint');
  if (url.pathname === '/healthz') return answerJson(res, 200, { ready: true });
  if (url.pathname === '/readyz') return answerReadiness(res, parts());
  for (const handle of handlers) if (await handle(req, res, url)) return;
  throw new TerminalError('not_found', `There is nothing at ${url.pathname}.`);
}

function answerReadiness(res: ServerResponse, parts: Parts): void {
  const ready = Object.values(parts).every((works) => works);
  answerJson(res, ready ? 200 : 503, { ready, ...parts });
}

function answerError(res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TerminalError) answerJson(res, error.status, { code: error.code, message });
  else answerJson(res, error instanceof RetryableError ? 503 : 500, { message });
}

function answerJson(res: ServerResponse, status: number, body: object): void {
  if (status === 503) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
