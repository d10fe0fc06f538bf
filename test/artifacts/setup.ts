import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type ArtifactCache,
  type ArtifactCacheOptions,
  createArtifactCache,
} from '../../src/artifacts/cache.js';
import type { Artifact } from '../../src/model/app.js';
import { tempDir } from '../helpers/temp-dir.js';

export interface TestServer {
  url: string;
  /** Paths that were asked for. */
  requests: string[];
}

/** A real HTTP server that ends with the test. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Serves these bodies by path; 404 for the rest. */
export function serveFiles(files: Record<string, string | Buffer>): Promise<TestServer> {
  return serve((request, response) => {
    const body = files[(request.url ?? '').split('?')[0] ?? ''];
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  });
}

export interface Setup {
  dir: string;
  sandbox: string;
  log: string[];
  cache: ArtifactCache;
  /** Another cache on the same folder, as after a restart. */
  again(): ArtifactCache;
}

export async function setup(options: Partial<ArtifactCacheOptions> = {}): Promise<Setup> {
  const folder = await tempDir();
  const [dir, sandbox] = [join(folder, 'cache'), join(folder, 'sandbox')];
  await mkdir(sandbox);
  const log: string[] = [];
  const info = (...words: unknown[]) => void log.push(JSON.stringify(words));
  const again = () => createArtifactCache({ dir, log: { info }, ...options });
  return { dir, sandbox, log, cache: again(), again };
}

/** With the defaults of Marathon. */
export function artifact(uri: string, fields: Partial<Artifact> = {}): Artifact {
  return { uri, extract: true, executable: false, cache: true, ...fields };
}
