import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { type Deployment, isEnded } from '../../src/model/deployment.js';
import { endChild } from './end-child.js';
import { freePort } from './free-port.js';
import { Postgres } from './postgres.js';
import { until } from './until.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/bin.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const DAY_SECONDS = 86_400;

type Kind = 'api' | 'worker' | 'agent';

/** One process of an installation: `slipway api`, `slipway worker` or `slipway agent`, as somebody starts it. */
export class Part {
  output = '';
  private child: ChildProcess | undefined;

  constructor(
    readonly kind: Kind,
    readonly port: number,
    private readonly env: Record<string, string>,
  ) {
    process.once('exit', () => this.child?.kill('SIGKILL'));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`the ${this.kind} does not run`);
    return this.child.pid;
  }

  get exitCode(): number | null {
    return this.child?.exitCode ?? null;
  }

  /** Starts it without waiting for more than its process. */
  launch(...args: string[]): void {
    this.output = '';
    const child = spawn(process.execPath, [CLI, this.kind, ...args], {
      env: { ...cleanEnv(), ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.child = child;
  }

  async start(...args: string[]): Promise<void> {
    this.launch(...args);
    await until(() => this.isReady(), { timeoutMs: START_TIMEOUT_MS, what: `the ${this.kind} to be ready` });
  }

  isReady(): boolean {
    if (this.exitCode !== null) throw new Error(`the ${this.kind} ended:\n${this.output}`);
    return this.output.includes(' is ready');
  }

  /** Resolves with the exit code; null = by the signal. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    return endChild(this.child, signal);
  }
}

/** Processes that make up one Slipway over a PostgreSQL server and a namespace of the run's Temporal server. */
export class Installation {
  readonly parts: Part[] = [];

  private constructor(
    readonly postgres: Postgres,
    readonly home: string,
    /** In the run's Temporal server. */
    readonly namespace: string,
    private readonly env: Record<string, string>,
  ) {}

  get temporalAddress(): string {
    return this.env.TEMPORAL_ADDRESS ?? '';
  }

  /** `given`: a server that is there already, a folder for the database, and settings that go before those made here. */
  static async create(
    temporalAddress: string,
    given: { postgres?: Postgres; disk?: string | undefined; env?: Record<string, string> } = {},
  ): Promise<Installation> {
    const namespace = `production-${randomUUID()}`;
    await createNamespace(temporalAddress, namespace);
    const home = await mkdtemp(join(tmpdir(), 'slipway-test-home-'));
    const postgres = given.postgres ?? (await Postgres.start(given.disk));
    const range = 30_000 + 100 * Math.floor(Math.random() * 20);
    return new Installation(postgres, home, namespace, {
      DATABASE_URL: postgres.url,
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: namespace,
      SLIPWAY_HOME: home,
      SLIPWAY_INSTANCE_PORTS: `${range}-${range + 99}`,
      SLIPWAY_LOG_LEVEL: 'warn',
      ...given.env,
    });
  }

  /** A process that is not started yet. */
  async part(kind: Kind, env: Record<string, string> = {}): Promise<Part> {
    const port = await freePort();
    const setting = kind === 'api' ? 'SLIPWAY_PORT' : 'SLIPWAY_HEALTH_PORT';
    const part = new Part(kind, port, { ...this.env, [setting]: String(port), ...env });
    this.parts.push(part);
    return part;
  }

  async started(kind: Kind): Promise<Part> {
    const part = await this.part(kind);
    await part.start();
    return part;
  }

  /** Ends everything that it started, instances included, and removes its home. */
  async dispose(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.end('SIGKILL')));
    const down = spawn(process.execPath, [CLI, 'down', '--instances'], {
      env: { ...cleanEnv(), ...this.env },
      stdio: 'ignore',
    });
    await once(down, 'exit');
    await this.postgres.dispose();
    await rm(this.home, { recursive: true, force: true });
  }
}

export async function createNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '60s' });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as never },
    });
    const known = () =>
      connection.workflowService.describeNamespace({ namespace }).then(
        () => true,
        () => false,
      );
    await until(known, { what: 'the namespace' });
  } finally {
    await connection.close();
  }
}

/** What a client of an API server sees. */
export async function call<T = Record<string, unknown>>(
  api: Part,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; headers: Headers; body: T }> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(api.url + path, { method, ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : text) as T,
  };
}

/** Sends a change and returns the id of its deployment. */
export async function change(api: Part, method: string, path: string, body?: unknown): Promise<string> {
  const { status, headers, body: answer } = await call(api, method, path, body);
  const id = headers.get('marathon-deployment-id');
  if (!id) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer)}`);
  return id;
}

export function ended(api: Part, id: string, timeoutMs = 60_000): Promise<Deployment> {
  const look = async () => {
    const { body } = await call<Deployment>(api, 'GET', `/api/deployments/${id}`);
    return isEnded(body.state) ? body : undefined;
  };
  return until(look, { timeoutMs, what: `the end of deployment ${id}` });
}

/** The runner's own settings must not reach the service. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SLIPWAY_|TEMPORAL_|npm_|VITEST)/.test(name)),
  );
}
