import { randomUUID } from 'node:crypto';
import { Agent, type Dispatcher, request } from 'undici';
import type { ErrorDetail } from '../errors.js';
import { CliError, EXIT } from './exit.js';

/** Where the service is and who asks. */
export interface ClientOptions {
  /** `http://127.0.0.1:8080` */
  api: string;
  token?: string;
  by: string;
  /** Another environment than the default one. */
  environment?: string;
  sleep(ms: number): Promise<void>;
  signal: AbortSignal;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number | boolean | undefined>;

export interface CallOptions {
  query?: Query;
  body?: unknown;
  /** Sent as `Idempotency-Key`: the call may be repeated without being done twice. */
  idempotencyKey?: string;
  /** Why, where the body has no place for it. */
  reason?: string;
}

/** An answer of the service that says no. */
export class Refused extends CliError {
  constructor(
    readonly status: number,
    message: string,
    lines: string[],
    /** The answer as it came. */
    readonly body: unknown,
  ) {
    super(EXIT.failed, message, lines);
  }
}

/** Attempts of a call, the first included; pauses between them double from 200 ms: 3 s in all. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const AWAY = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** HTTP to the service: one method a verb, errors as sentences. Close it when done. */
export class Client {
  private readonly agent = new Agent({ keepAliveTimeout: 4_000, connect: { timeout: 5_000 } });

  constructor(readonly options: ClientOptions) {}

  get<T>(path: string, query?: Query): Promise<T> {
    return this.call<T>('GET', path, query ? { query } : {});
  }

  /** POST that the service carries out once, however often the connection breaks meanwhile. */
  postOnce<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.call<T>('POST', path, { body, idempotencyKey: randomUUID(), ...(query ? { query } : {}) });
  }

  /** JSON of an answer; undefined where it has none. Throws CliError. */
  call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
    return this.repeat(method, path, options, async ({ body }) => this.json<T>(await body.text()));
  }

  /** The answer's bytes as they come. Throws CliError, also when the connection breaks on the way. */
  async *stream(path: string, query: Query): AsyncGenerator<Buffer> {
    const body = await this.repeat('GET', path, { query }, async (response) => response.body);
    try {
      for await (const chunk of body) yield chunk as Buffer;
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async repeat<T>(
    method: Method,
    path: string,
    options: CallOptions,
    read: (response: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    const repeatable = method === 'GET' || options.idempotencyKey !== undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.once(method, path, options);
        if (response.statusCode >= 400) throw await refused(response);
        return await read(response);
      } catch (error) {
        const last = !repeatable || attempt === ATTEMPTS || this.options.signal.aborted;
        if (last || !isPassing(error)) throw this.unreachable(error);
      }
      await this.options.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  private json<T>(text: string): T {
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new CliError(EXIT.failed, `What answers at ${this.options.api} is not Slipway: it sent no JSON.`);
    }
  }

  private once(method: Method, path: string, { query, body, idempotencyKey, reason }: CallOptions) {
    const { api, token, by, environment, signal } = this.options;
    const prefix = environment === undefined ? '' : `/environments/${encodeURIComponent(environment)}`;
    return request(api.replace(/\/+$/, '') + prefix + path + search(query), {
      method,
      dispatcher: this.agent,
      signal,
      // A followed log may be silent for as long as it likes.
      bodyTimeout: 0,
      headers: {
        accept: 'application/json, text/plain',
        'x-slipway-channel': 'cli',
        'x-slipway-by': headerText(by),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...(reason === undefined ? {} : { 'x-slipway-reason': headerText(reason) }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  private unreachable(error: unknown): CliError {
    if (error instanceof CliError) return error;
    const { api } = this.options;
    const code = codeOf(error);
    if (code === 'ERR_INVALID_URL')
      return new CliError(EXIT.usage, `"${api}" is not an address of a service.`);
    const hint = `Start it with "slipway up", or name another with --api or SLIPWAY_API.`;
    if (AWAY.has(code)) return new CliError(EXIT.away, `No service answers at ${api}.`, [hint]);
    const why = error instanceof Error ? error.message : String(error);
    return new CliError(EXIT.away, `The connection to ${api} broke: ${why}.`, [hint]);
  }
}

/** Whether the same call may work in a moment. */
function isPassing(error: unknown): boolean {
  return error instanceof Refused ? error.status === 503 : BROKEN.has(codeOf(error));
}

/** A header carries printable ASCII; other names go percent-encoded. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function search(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(key, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

/** Code of an error or of the first one in an AggregateError (a name with several addresses). */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

async function refused(response: Dispatcher.ResponseData): Promise<Refused> {
  const text = await response.body.text();
  const body = parsed(text);
  const message = body?.message ?? (text.trim() || `The service answered ${response.statusCode}.`);
  return new Refused(response.statusCode, message, explain(body), body ?? text);
}

interface ErrorBody {
  message?: string;
  details?: ErrorDetail[] | string;
  deployments?: { id: string }[];
  state?: string;
}

function parsed(text: string): ErrorBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One line per problem, path first. */
function explain(body: ErrorBody | undefined): string[] {
  const details = body?.details ?? [];
  const lines =
    typeof details === 'string' ? [details] : details.flatMap((d) => d.errors.map((e) => `${d.path}: ${e}`));
  const holders = (body?.deployments ?? []).map((d) => (typeof d === 'string' ? d : d.id));
  return holders.length > 0 ? [...lines, `held by: ${holders.join(', ')}`] : lines;
}
