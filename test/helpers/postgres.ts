import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { allPids, parentOf } from '../../src/os/process-table.js';
import { endChild } from './end-child.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

/** Where distributions put the programs of a server: Debian one folder a version. */
const DEBIAN = '/usr/lib/postgresql';
const OLDEST = 15;

/** Folder of `initdb` and `postgres`; undefined where no server of a version that we support is installed. */
function programs(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).filter((name) => Number(name) >= OLDEST);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(DEBIAN, newest, 'bin');
}

/** Why suites that need a PostgreSQL server do not run; empty where they do. */
export const NO_POSTGRES = programs() === undefined ? ' (no PostgreSQL server is installed)' : '';

/** A PostgreSQL server of its own, on a free port, in a folder that goes with it. */
export class Postgres {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly dir: string,
    readonly port: number,
  ) {
    process.once('exit', () => this.child?.kill('SIGQUIT'));
  }

  static async start(folder = tmpdir()): Promise<Postgres> {
    const dir = await mkdtemp(join(folder, 'slipway-postgres-'));
    const [uid, gid] = owner();
    if (process.getuid?.() === 0) await chown(dir, uid, gid);
    const postgres = new Postgres(dir, await freePort());
    process.once('exit', () => postgres.child?.kill('SIGQUIT'));
    const [command, args] = asOwner('initdb', ['-D', dir, '-A', 'trust', '-U', 'slipway', '--no-sync']);
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: '/' });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
    await postgres.resume();
    return postgres;
  }

  get url(): string {
    return `postgres://slipway@127.0.0.1:${this.port}/postgres`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('PostgreSQL does not run');
    return this.child.pid;
  }

  /** Starts it, again too. */
  async resume(): Promise<void> {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [command, args] = asOwner('postgres', ['-D', this.dir, '-p', String(this.port), ...flags]);
    const child = spawn(command, args, { stdio: 'ignore', cwd: '/' });
    this.child = child;
    const answers = () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`);
      return this.answers();
    };
    await until(answers, { timeoutMs: 30_000, what: 'PostgreSQL to answer' });
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** SIGINT is a fast shutdown, SIGQUIT what a crash leaves; it ends connections and goes. SIGKILL is one. */
  async end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    await endChild(this.child, signal);
  }

  /** As a machine that hangs: what is asked is not answered, and no connection ends. */
  freeze(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGCONT');
  }

  private processes(): number[] {
    return [this.pid, ...allPids().filter((pid) => parentOf(pid) === this.pid)];
  }

  async dispose(): Promise<void> {
    await this.end('SIGQUIT');
    await rm(this.dir, { recursive: true, force: true });
  }

  async query<T extends object>(text: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private answers(): Promise<boolean> {
    return this.query('select 1').then(
      () => true,
      () => false,
    );
  }
}

/** PostgreSQL refuses to run as root; the package made a user for it. */
function asOwner(program: string, args: string[]): [command: string, args: string[]] {
  const path = join(programs() ?? '', program);
  if (process.getuid?.() !== 0) return [path, args];
  const [uid, gid] = owner();
  return ['setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', path, ...args]];
}

function owner(): [uid: number, gid: number] {
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return [id('-u'), id('-g')];
}
