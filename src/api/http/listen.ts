import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

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

/** Binds the app; port 0 takes a free one. Rejects where the address is taken. */
export async function listen(app: Express, address: { host: string; port: number }): Promise<Listening> {
  const server = createServer(app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await bound(server, address);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${urlHost(address.host)}:${port}`, close: () => closed(server) };
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

/** Connections get idle one by one as their requests end; clients would keep them open for seconds. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
  });
}
