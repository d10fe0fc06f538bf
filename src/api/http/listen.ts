import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Express } from 'express';
import { steady } from '../../os/steady.js';

/** A server that takes requests. */
export interface Listening {
  url: string;
  /** Ends when the requests that run have ended, and cuts what still runs after the grace time. */
  close(): Promise<void>;
}

/** Bounds for slow or silent clients, in ms. Streams begin after the request was read, so they are not cut. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 60_000;
const CLOSE_GRACE_MS = 5_000;
const IDLE_LOOK_MS = 25;
/** A connection without a request for so long has none on the way. */
const FIRST_REQUEST_MS = 300;

/** Binds the app; port 0 takes a free one. Rejects where the address is taken. */
export async function listen(app: Express, address: { host: string; port: number }): Promise<Listening> {
  const server = createServer(app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  const open = connectionsOf(server);
  await bound(server, address);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${urlHost(address.host)}:${port}`, close: () => closed(server, open) };
}

function bound(server: Server, address: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Connections get idle one by one as their requests end; clients would keep them open for seconds. One that was made
 * just before counts as idle too while its first request is on the way: node's own `close` would cut that.
 */
async function closed(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  // After the connections that wait to be accepted: closing the socket would reset them.
  await new Promise(setImmediate);
  const end = steady() + FIRST_REQUEST_MS;
  const isFresh = () => steady() < end && [...open].some(({ bytesRead }) => bytesRead === 0);
  const closeIdle = () => isFresh() || server.closeIdleConnections();
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    const idle = setInterval(closeIdle, IDLE_LOOK_MS);
    NetServer.prototype.close.call(server, () => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
    closeIdle();
  });
}

function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
