import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endChild } from '../test/helpers/end-child.js';
import { freePort } from '../test/helpers/free-port.js';

const MAIN = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/src/cli/bin.js', import.meta.url));

/** The service under measurement, on free ports, with a home of its own. */
export class BenchService {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly home: string,
    private readonly env: NodeJS.ProcessEnv,
    readonly api: string,
    readonly temporalAddress: string,
  ) {
    process.on('SIGINT', this.interrupted).on('SIGTERM', this.interrupted);
  }

  /** Who ends the bench leaves nothing running; the last one that is gone ends the process. */
  private readonly interrupted = () => {
    void this.dispose().finally(() => {
      if (process.listenerCount('SIGINT') === 0) process.exit(130);
    });
  };

  static async create(): Promise<BenchService> {
    const home = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    const [port, temporal, ui] = [await freePort(), await freePort(), await freePort()];
    const env = {
      ...process.env,
      SLIPWAY_HOME: home,
      SLIPWAY_PORT: String(port),
      SLIPWAY_TEMPORAL_PORT: String(temporal),
      SLIPWAY_TEMPORAL_UI_PORT: String(ui),
      SLIPWAY_LOG_LEVEL: 'error',
      SLIPWAY_CPUS: '1000',
      SLIPWAY_MAX_DEPLOYMENTS: '2000',
    };
    return new BenchService(home, env, `http://127.0.0.1:${port}`, `127.0.0.1:${temporal}`);
  }

  start(): void {
    this.child = spawn(process.execPath, [MAIN], { env: this.env, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Ends the service and leaves its home. */
  async stop(): Promise<void> {
    await endChild(this.child, 'SIGTERM');
  }

  async dispose(): Promise<void> {
    const down = spawn(process.execPath, [CLI, 'down', '--instances'], { env: this.env, stdio: 'ignore' });
    await once(down, 'exit');
    await rm(this.home, { recursive: true, force: true });
    process.off('SIGINT', this.interrupted).off('SIGTERM', this.interrupted);
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async call<T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; deployment: string; body: T }> {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(this.api + path, { method, ...init });
    const text = await response.text();
    const deployment = response.headers.get('marathon-deployment-id') ?? '';
    return { status: response.status, deployment, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** Sends the change as soon as the service listens; resolves when it was accepted. */
  async firstAccepted(app: unknown): Promise<string> {
    for (;;) {
      const answer = await this.call('POST', '/v2/apps', app).catch(() => undefined);
      if (answer?.status === 201) return answer.deployment;
      if (this.child?.exitCode !== null) throw new Error('the service ended');
      await sleep(10);
    }
  }
}
