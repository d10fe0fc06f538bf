import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Deployment, isEnded } from '../../src/model/deployment.js';
import { endChild } from './end-child.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/src/main.js');
const CLI = join(ROOT, 'dist/src/cli/bin.js');
const START_TIMEOUT_MS = 60_000;

/** The program that the tests release: examples/server.js. */
export const SERVER = join(ROOT, 'examples/server.js');

interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** The whole service as a user starts it: compiled, with a Temporal server and a home of its own. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  output = '';

  private constructor(
    readonly home: string,
    readonly env: Record<string, string>,
  ) {
    // A test that is cut off must not leave its service behind.
    process.once('exit', () => this.child?.kill('SIGTERM'));
  }

  static async create(env: Record<string, string> = {}, folder = tmpdir()): Promise<ServiceProcess> {
    const home = await mkdtemp(join(folder, 'slipway-test-home-'));
    const [port, temporal, ui] = [await freePort(), await freePort(), await freePort()];
    const range = 20_000 + 100 * Math.floor(Math.random() * 100);
    return new ServiceProcess(home, {
      SLIPWAY_HOME: home,
      SLIPWAY_PORT: String(port),
      SLIPWAY_TEMPORAL_PORT: String(temporal),
      SLIPWAY_TEMPORAL_UI_PORT: String(ui),
      SLIPWAY_INSTANCE_PORTS: `${range}-${range + 99}`,
      SLIPWAY_LOG_LEVEL: 'warn',
      ...env,
    });
  }

  static async start(env: Record<string, string> = {}, folder = tmpdir()): Promise<ServiceProcess> {
    const service = await ServiceProcess.create(env, folder);
    await service.start();
    return service;
  }

  get api(): string {
    return `http://127.0.0.1:${this.env.SLIPWAY_PORT}`;
  }

  get temporalAddress(): string {
    return `127.0.0.1:${this.env.SLIPWAY_TEMPORAL_PORT}`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('the service does not run');
    return this.child.pid;
  }

  /** Starts it without waiting for more than its process. */
  launch(): ChildProcess {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...cleanEnv(), ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.child = child;
    return child;
  }

  async start(): Promise<void> {
    this.output = '';
    const child = this.launch();
    const ready = () => {
      if (child.exitCode !== null)
        throw new Error(`the service ended with ${child.exitCode}:\n${this.output}`);
      return this.output.includes('Slipway is ready');
    };
    await until(ready, { timeoutMs: START_TIMEOUT_MS, what: 'the service to be ready' });
  }

  /** As where a pipe's reader has ended. */
  closeOutput(): void {
    this.child?.stdout?.destroy();
    this.child?.stderr?.destroy();
  }

  /** Ends it as Ctrl-C does, or as a crash. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    return endChild(this.child, signal);
  }

  /** Ends everything that it started and removes its home. */
  async dispose(): Promise<void> {
    if (this.child?.exitCode !== null || this.child?.signalCode !== null) await this.start();
    await this.cli('down', '--instances');
    await rm(this.home, { recursive: true, force: true });
  }

  cli(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [CLI, ...args], { env: { ...cleanEnv(), ...this.env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    return once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  }

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const token = this.env.SLIPWAY_TOKEN;
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const init = body === undefined ? { headers } : { headers, body: JSON.stringify(body) };
    const response = await fetch(this.api + path, { method, ...init });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : undefined) as T,
    };
  }

  /** Sends a change and returns the id of its deployment. */
  async change(method: string, path: string, body?: unknown): Promise<string> {
    const { status, headers, body: answer } = await this.call(method, path, body);
    const id = headers.get('marathon-deployment-id');
    if (!id) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer)}`);
    return id;
  }

  async deployment(id: string): Promise<Deployment> {
    return (await this.call<Deployment>('GET', `/api/deployments/${id}`)).body;
  }

  ended(id: string, timeoutMs = 60_000): Promise<Deployment> {
    return this.endedAt(`/api/deployments/${id}`, timeoutMs);
  }

  /** Of a deployment in any environment, by its path. */
  endedAt(path: string, timeoutMs = 60_000): Promise<Deployment> {
    const look = async () => {
      const { body } = await this.call<Deployment>('GET', path);
      return isEnded(body.state) ? body : undefined;
    };
    return until(look, { timeoutMs, what: `the end of ${path}` });
  }

  async tasks(app: string): Promise<{ id: string; state: string; version: string; ports: number[] }[]> {
    return (await this.call<{ tasks: never[] }>('GET', `/v2/apps/${app}/tasks`)).body.tasks;
  }
}

/** The runner's own settings must not reach the service. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SLIPWAY_|npm_|VITEST)/.test(name)),
  );
}
