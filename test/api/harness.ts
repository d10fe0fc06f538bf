import { randomUUID } from 'node:crypto';
import { fetch, type RequestInit } from 'undici';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { createAdmission } from '../../src/admission/admission.js';
import type { ApiConfig, InstanceControl, ServedEnvironment } from '../../src/api/deps.js';
import { createApi } from '../../src/api/server.js';
import type { Command, CommandBody } from '../../src/model/deployment.js';
import type { LogQuery } from '../../src/runtimes/runtime.js';
import type { Store } from '../../src/store/store.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';
import { OpenapiCheck, type OpenapiDocument } from '../helpers/openapi-check.js';

const MANY = { cpus: 1000, mem: 1_000_000, disk: 1_000_000, ports: 10_000 };
const NONE = { cpus: 0, mem: 0, disk: 0, ports: 0 };

/** One database for the tests of a file; each test has an environment of its own. */
export function sharedStore(): () => Store {
  let opened: TestStore | undefined;
  beforeAll(async () => {
    opened = await openTestStore();
  });
  afterAll(() => opened?.close());
  return () => {
    if (opened === undefined) throw new Error('the store is opened before the tests');
    return opened.store;
  };
}

/** Our own ports, in memory: what was asked of them, and what they answer. */
class Ports {
  readonly commands: { id: string; command: Command; body: CommandBody }[] = [];
  readonly toldOfCalendar: string[] = [];
  readonly kills: { ids: string[]; wipe: boolean }[] = [];
  readonly resets: string[] = [];
  readonly logQueries: LogQuery[] = [];
  readonly errors: { fields: object; message: string }[] = [];
  lines: string[] = [];
  /** A log that is followed ends only when the client goes. */
  followable = true;
  /** Thrown by the next command. */
  refusal: Error | undefined;
  health = { database: true, temporal: true };

  readonly workflows = {
    command: async (id: string, command: Command, body: CommandBody): Promise<void> => {
      if (this.refusal !== undefined) throw this.refusal;
      this.commands.push({ id, command, body });
    },
    calendarChanged: async (ids: string[]): Promise<void> => {
      this.toldOfCalendar.push(...ids);
    },
  };

  readonly instances: InstanceControl = {
    kill: async (ids, options) => {
      this.kills.push({ ids, wipe: options?.wipe ?? false });
    },
    resetDelay: async (app) => {
      this.resets.push(app);
    },
    logs: (_instance, query) => this.log(query),
    capacity: async () => ({ total: MANY, taken: NONE }),
  };

  private async *log(query: LogQuery): AsyncIterable<string> {
    this.logQueries.push(query);
    yield* this.lines;
    if (query.follow !== true || query.signal?.aborted || !this.followable) return;
    await new Promise<void>((resolve) =>
      query.signal?.addEventListener('abort', () => resolve(), { once: true }),
    );
  }
}

export type Options = Partial<ApiConfig> &
  Pick<Partial<ServedEnvironment>, 'stopInstances' | 'production'> & {
    maxDeployments?: number;
    environment?: string;
    /** Further environments beside that one. */
    others?: string[];
  };

/** Answer of a request, its body read as JSON where it is some. */
interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not computed with
  body: any;
}

/** A server on a free port over the store, in an environment of its own, closed at the end of the test. */
export async function serve(store: Store, options: Options = {}) {
  const { maxDeployments = 100, stopInstances, production = false, others = [], ...more } = options;
  const { environment = `env-${randomUUID().slice(0, 8)}`, ...config } = more;
  const ports = new Ports();
  const served = { runtime: 'process', production, instances: ports.instances };
  const accepted: string[] = [];
  const admission = createAdmission({
    store,
    clock: Date.now,
    maxDeployments,
    onAccepted: (id) => accepted.push(id),
    capacity: () => ports.instances.capacity(),
  });
  const api = createApi({
    store,
    admission,
    workflows: ports.workflows,
    environments: [
      { name: environment, ...served, ...(stopInstances === undefined ? {} : { stopInstances }) },
      ...others.map((name) => ({ name, ...served })),
    ],
    config: { host: '127.0.0.1', port: 0, bodyLimit: 1_000_000, ...config },
    info: { version: '9.9.9', temporalAddress: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' },
    telemetry: { metrics: new Metrics() },
    log: { error: (fields, message) => ports.errors.push({ fields, message }) },
    health: () => ports.health,
  });
  const listening = await api.listen();
  onTestFinished(() => listening.close());
  const call = await callerOf(listening.url, options.token);
  return { ...listening, ports, environment, accepted, store, call };
}

export type Served = Awaited<ReturnType<typeof serve>>;

/** Sends requests to a server, and compares its answers with the document that it gives out. */
export async function callerOf(base: string, token?: string) {
  return caller(base, await documentCheck(base, token));
}

let check: OpenapiCheck | undefined;

/** The document that the server gives out; all servers of a test file give out the same one. */
async function documentCheck(base: string, token = ''): Promise<OpenapiCheck> {
  if (check !== undefined) return check;
  const answer = await fetch(`${base}/api/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  check = new OpenapiCheck((await answer.json()) as OpenapiDocument);
  return check;
}

/** Requests whose answers are compared with the OpenAPI document, whatever else the test looks at. */
function caller(base: string, document: OpenapiCheck) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(base + path, init);
    const text = await response.text();
    const reply = {
      status: response.status,
      headers: response.headers as unknown as Headers,
      text,
      body: parsed(text),
    };
    const operation = document.operationOf(method, path);
    const problems = operation === undefined ? [] : document.problems(operation, reply);
    if (problems.length > 0) throw new Error(`${method} ${path}: ${problems.join('; ')}`);
    return reply;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
