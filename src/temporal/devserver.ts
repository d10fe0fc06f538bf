import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { endProcess } from '../os/end-process.js';
import { type DevServerOptions, HOST } from './devserver/command.js';
import { addressOf, launch, STOP_MS, takeOverOrLaunch } from './devserver/launch.js';
import { forgetServer } from './devserver/leftover.js';
import { keepBounded } from './devserver/output.js';
import type { ServerProcess } from './devserver/process.js';

/** Temporal's development server of this home, kept running until `stop`. */
export interface DevServer {
  /** gRPC: `127.0.0.1:7233`. */
  readonly address: string;
  readonly uiUrl: string;
  /** Of the present process; another one after a restart. */
  readonly pid: number;
  /** Tells each time that the server ended by itself, with how. It is started again, on the same data and ports. */
  onExit(listener: (how: string) => void): () => void;
  /** Ends the server in order, by force after 10 s. */
  stop(): Promise<void>;
}

/**
 * Starts Temporal's development server, or takes over the one that a killed service of this home left running.
 * Throws TerminalError where a port is in use, RetryableError with the server's last words where it ends at once.
 */
export async function startDevServer(
  options: DevServerOptions & { log: Pick<Logger, 'info' | 'warn' | 'error'> },
): Promise<DevServer> {
  const { server, takenOver } = await takeOverOrLaunch(options);
  options.log.info({ pid: server.pid, takenOver }, takenOver ? 'Temporal taken over' : 'Temporal started');
  return new SupervisedServer(options, server);
}

/** Waits between the attempts to start it again; the last one repeats. */
const BACKOFF_MS = [100, 500, 2_000, 5_000, 10_000] as const;

class SupervisedServer implements DevServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly #listeners = new Set<(how: string) => void>();
  readonly #stopping = new AbortController();
  readonly #supervision: Promise<void>;
  readonly #stopBounding: () => void;
  #server: ServerProcess;

  constructor(
    private readonly options: DevServerOptions & { log: Pick<Logger, 'info' | 'warn' | 'error'> },
    server: ServerProcess,
  ) {
    this.address = addressOf(options);
    this.uiUrl = `http://${HOST}:${options.uiPort}`;
    this.#server = server;
    this.#stopBounding = keepBounded(options.home);
    this.#supervision = this.#supervise();
  }

  get pid(): number {
    return this.#server.pid;
  }

  onExit(listener: (how: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopBounding();
    // The server does not keep this process alive, whose end would come before what is left to do here.
    const alive = setInterval(() => undefined, STOP_MS);
    try {
      await endProcess(this.#server, STOP_MS);
      await this.#supervision;
      await forgetServer(this.options.home);
    } finally {
      clearInterval(alive);
    }
  }

  async #supervise(): Promise<void> {
    for (;;) {
      const how = await this.#server.ended;
      if (this.#stopping.signal.aborted) return;
      this.options.log.error({ pid: this.#server.pid, how }, 'Temporal ended by itself; starting it again');
      for (const listener of this.#listeners) listener(how);
      const server = await this.#startAgain();
      if (server === undefined) return;
      this.#server = server;
    }
  }

  /** `undefined` once it is to stop. */
  async #startAgain(): Promise<ServerProcess | undefined> {
    const { signal } = this.#stopping;
    for (let attempt = 0; ; attempt++) {
      const wait = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)];
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return undefined;
      try {
        const server = await launch(this.options, signal);
        if (!signal.aborted) return server;
        await endProcess(server, STOP_MS);
        return undefined;
      } catch (error) {
        if (!signal.aborted) this.options.log.warn({ err: error }, 'Temporal could not be started again');
      }
    }
  }
}
