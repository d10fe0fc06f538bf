import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { findTemporal } from '../../src/temporal/binary/index.js';
import { endChild } from '../helpers/end-child.js';
import { lowPort } from '../helpers/free-port.js';
import type { Postgres } from '../helpers/postgres.js';
import { until } from '../helpers/until.js';
import { clusterConfig } from './temporal-config.js';

/** The programs of the server that production runs, where they are named. */
function programs(): { server: string; tool: string } | undefined {
  const { TEMPORAL_SERVER_PATH: server, TEMPORAL_SQL_TOOL_PATH: tool } = process.env;
  return server && tool ? { server, tool } : undefined;
}

/** Whether a TemporalServer is the one that production runs. */
export function runsCluster(): boolean {
  return programs() !== undefined;
}

/** A Temporal server as a process of its own, which can be killed and started again. */
export class TemporalServer {
  private child: ChildProcess | undefined;

  private constructor(
    readonly what: string,
    readonly port: number,
    private readonly dir: string,
    private readonly command: string[],
  ) {
    process.once('exit', () => this.child?.kill('SIGKILL'));
  }

  /**
   * The server that production runs, on PostgreSQL, where its programs are named (docs/operating.md says how they are
   * built); else the development server, which keeps its state in a file.
   */
  static async create(postgres: Postgres): Promise<TemporalServer> {
    const dir = await mkdtemp(join(tmpdir(), 'slipway-chaos-temporal-'));
    const port = await lowPort();
    const given = programs();
    if (given) return TemporalServer.cluster(postgres, { dir, port, ...given });
    const binary = await findTemporal({ env: process.env, say: (line) => console.error(line) });
    const where = ['--port', String(port), '--headless', '--db-filename', join(dir, 'temporal.db')];
    const command = [binary, 'server', 'start-dev', '--ip', '127.0.0.1', ...where, '--log-level', 'error'];
    return new TemporalServer('development server', port, dir, command);
  }

  private static async cluster(
    postgres: Postgres,
    { dir, port, server, tool }: { dir: string; port: number; server: string; tool: string },
  ): Promise<TemporalServer> {
    for (const [database, schema] of [
      ['temporal', 'temporal'],
      ['temporal_visibility', 'visibility'],
    ] as const) {
      sqlTool(tool, postgres, database, ['create-database']);
      sqlTool(tool, postgres, database, ['setup-schema', '--version', '0.0']);
      sqlTool(tool, postgres, database, ['update-schema', '--schema-name', `postgresql/v12/${schema}`]);
    }
    await mkdir(join(dir, 'config'));
    await writeFile(
      join(dir, 'config', 'slipway.yaml'),
      await clusterConfig(port, Number(new URL(postgres.url).port)),
    );
    const command = [server, '--root', dir, '--env', 'slipway', '--allow-no-auth', 'start'];
    return new TemporalServer('server on PostgreSQL', port, dir, command);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.exitCode === null && this.child.signalCode === null ? this.child.pid : undefined;
  }

  async start(): Promise<void> {
    const [program = '', ...args] = this.command;
    const child = spawn(program, args, { stdio: 'ignore' });
    this.child = child;
    await until(() => this.answers(), { timeoutMs: 120_000, what: `the ${this.what} of Temporal to answer` });
  }

  async kill(): Promise<void> {
    await endChild(this.child, 'SIGKILL');
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** It ends where another one took its port for a moment: it is started again then. */
  private async answers(): Promise<boolean> {
    if (this.pid === undefined) throw new Error(`the ${this.what} of Temporal ended`);
    try {
      const connection = await Connection.connect({ address: this.address, connectTimeout: '2s' });
      await connection.close();
      return true;
    } catch {
      return false;
    }
  }
}

function sqlTool(tool: string, postgres: Postgres, database: string, args: string[]): void {
  const { port, username } = new URL(postgres.url);
  const where = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', port, '--user', username];
  const { status, stderr } = spawnSync(tool, [...where, '--database', database, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args[0]} of ${database} failed: ${stderr}`);
}
