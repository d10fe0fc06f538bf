import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { RetryableError, TerminalError } from '../errors.js';
import { redacted, type Source, sourceOf } from './uri.js';

const CONNECT_MS = 10_000;
/** Longest silence of a server, before the answer and within it. */
const SILENCE_MS = 30_000;
const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Refused for now, not for good. */
const RETRYABLE_STATUS = new Set([408, 425, 429]);

type HttpSource = Extract<Source, { kind: 'http' }>;

/** Opens artifacts. Proxies are those of the environment (HTTP_PROXY, NO_PROXY). */
export interface Fetcher {
  /**
   * The content as it is stored, and its length where that is known.
   * Throws TerminalError where the URI is wrong, RetryableError where its server is away.
   */
  open(uri: string, signal: AbortSignal): Promise<{ content: Readable; length?: number }>;
}

export function createFetcher(options: { allowFile: boolean; silenceMs?: number }): Fetcher {
  const silence = options.silenceMs ?? SILENCE_MS;
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: silence,
    bodyTimeout: silence,
    // Nothing keeps the process alive, or a server from closing, between downloads.
    pipelining: 0,
  });
  return {
    async open(uri, signal) {
      const source = sourceOf(uri);
      if (source.kind === 'http') return openHttp(uri, source, agent, signal);
      if (options.allowFile) return openFile(uri, source.path);
      throw cannotFetch(uri, 'files of this machine are not allowed as artifacts here');
    },
  };
}

async function openHttp(uri: string, source: HttpSource, dispatcher: Dispatcher, signal: AbortSignal) {
  const { statusCode, headers, body } = await follow(uri, source, dispatcher, signal);
  if (statusCode === 200) {
    const length = Number(headers['content-length'] ?? Number.NaN);
    return Number.isNaN(length) ? { content: body } : { content: body, length };
  }
  drop(body);
  throw statusError(uri, source.url, statusCode);
}

/** The first answer that is no redirect. User and password are for the origin that they were given for. */
async function follow(uri: string, first: HttpSource, dispatcher: Dispatcher, signal: AbortSignal) {
  let source = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const { url, authorization } = source;
    // The bytes that the checksum is of: no content coding.
    const headers = { 'accept-encoding': 'identity', ...(authorization !== undefined && { authorization }) };
    const answer = await request(url, { dispatcher, headers, signal });
    const location = answer.headers.location;
    if (!REDIRECTS.has(answer.statusCode) || typeof location !== 'string') return answer;
    drop(answer.body);
    source = redirected(uri, source, location);
  }
  throw cannotFetch(uri, `it is redirected more than ${MAX_REDIRECTS} times`);
}

function redirected(uri: string, { url, authorization }: HttpSource, location: string): HttpSource {
  const next = URL.canParse(location, url.href) ? sourceOf(new URL(location, url).href) : undefined;
  if (next?.kind !== 'http')
    throw cannotFetch(uri, 'it is redirected to something that is no http:// address');
  const keeps =
    authorization !== undefined && next.authorization === undefined && next.url.origin === url.origin;
  return keeps ? { ...next, authorization } : next;
}

function drop(body: Readable): void {
  body.on('error', () => {}).destroy();
}

function statusError(uri: string, url: URL, status: number): Error {
  if (status >= 300 && status < 400)
    return cannotFetch(uri, `it is redirected more than ${MAX_REDIRECTS} times`);
  const text = `its server answered with status ${status}`;
  if (status < 500 && !RETRYABLE_STATUS.has(status)) return cannotFetch(uri, text);
  return new RetryableError(url.host, `The artifact ${redacted(uri)} cannot be fetched now: ${text}.`);
}

async function openFile(uri: string, path: string) {
  const found = await stat(path).catch((error: Error) => error);
  if (found instanceof Error) throw cannotFetch(uri, found.message.replace(/,.*/s, ''));
  if (!found.isFile()) throw cannotFetch(uri, 'it is not a regular file');
  return { content: createReadStream(path), length: found.size };
}

function cannotFetch(uri: string, why: string): TerminalError {
  return new TerminalError('bad_request', `The artifact ${redacted(uri)} cannot be fetched: ${why}.`);
}
