import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What is to be started. */
export interface Program {
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  /** Files that its output is appended to. */
  stdout: string;
  stderr: string;
}

/** Told by those who started it; `lost` where nobody will tell any more, and one has to look. */
export interface Follower {
  /** Before any of the others. */
  started(pid: number): void;
  exited(status: number | null, signal: NodeJS.Signals | null): void;
  lost(): void;
}

/** Messages to the helper. */
export interface Launch extends Program {
  key: number;
}

/** Messages from the helper, in this order: started or failed to, then exited. */
export type Told =
  | { key: number; pid: number }
  | { key: number; error: string }
  | { key: number; status: number | null; signal: NodeJS.Signals | null };

interface Pending {
  follower: Follower;
  resolve(pid: number): void;
  reject(error: Error): void;
}

/** Starts programs through a small helper process (launcher-main); the helper is started when it is first needed. */
export class Launcher {
  readonly #known = new Map<number, Pending>();
  #helper: ChildProcess | undefined;
  #keys = 0;

  /** The pid of the program, the leader of its process group. */
  launch(program: Program, follower: Follower): Promise<number> {
    const key = ++this.#keys;
    return new Promise((resolve, reject) => {
      this.#known.set(key, { follower, resolve, reject });
      this.#ensureHelper().send({ key, ...program } satisfies Launch, (error) => {
        if (error) this.#take({ key, error: error.message });
      });
    });
  }

  /** Starts the helper, so that the first program need not wait for it. */
  warm(): void {
    this.#ensureHelper();
  }

  /** Ends the helper; what it started goes on, and nobody is told any more. */
  stop(): void {
    this.#known.clear();
    this.#helper?.disconnect();
    this.#helper = undefined;
  }

  #ensureHelper(): ChildProcess {
    if (this.#helper?.connected) return this.#helper;
    const compiled = import.meta.url.endsWith('.js');
    const program = fileURLToPath(
      new URL(compiled ? './launcher-main.js' : './launcher-main.ts', import.meta.url),
    );
    const helper = fork(program, {
      // Its own process group: Ctrl-C in the terminal is for the service.
      detached: true,
      env: {},
      execArgv: compiled ? [] : ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    helper.on('message', (told) => this.#take(told as Told));
    helper.on('exit', () => this.#gone(helper));
    helper.unref();
    helper.channel?.unref();
    this.#helper = helper;
    return helper;
  }

  #take(told: Told): void {
    const pending = this.#known.get(told.key);
    if (pending === undefined) return;
    if ('pid' in told) {
      pending.follower.started(told.pid);
      pending.resolve(told.pid);
      return;
    }
    this.#known.delete(told.key);
    if ('error' in told) pending.reject(new Error(told.error));
    else pending.follower.exited(told.status, told.signal);
  }

  /** Killed by somebody: a program that it was about to start fails, what runs is watched otherwise. */
  #gone(helper: ChildProcess): void {
    if (this.#helper !== helper) return;
    this.#helper = undefined;
    const left = [...this.#known.values()];
    this.#known.clear();
    for (const { follower, reject } of left) {
      reject(new Error('the helper that starts programs ended'));
      follower.lost();
    }
  }
}
