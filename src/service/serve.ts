import { constants } from 'node:os';
import type { Logger } from 'pino';
import { type Config, loadConfig } from '../config.js';
import { RetryableError, TerminalError } from '../errors.js';
import { onParentDeath } from '../os/npm-parent.js';
import { Closing } from './closing.js';
import { serviceLog } from './log.js';
import type { Running } from './running.js';
import { openTelemetry, type Telemetry } from './telemetry.js';

/** So long all that was opened may take to close; with the drain that is less than container engines wait by default. */
const STOP_MS = 25_000;
const LINGER_MS = 1_000;

/** What a part of the service is given to start with. */
export interface Surroundings {
  config: Config;
  env: NodeJS.ProcessEnv;
  log: Logger;
  telemetry: Telemetry;
  /** A line for a person who looks on. */
  say: (line: string) => void;
  /** Whatever is opened is closed by it: at the end, or where the start fails. */
  closing: Closing;
  /** Aborted when the process is told to end: what waits during the start gives up. */
  stopping: AbortSignal;
}

/**
 * Runs a part of the service in the foreground until it is told to end, and then ends it in order.
 * Sets the exit code: 0, or 1 with a sentence on stderr.
 */
export async function serve(
  what: string,
  start: (surroundings: Surroundings) => Promise<Running>,
): Promise<void> {
  outliveReaders();
  const stopping = new AbortController();
  onStopRequest(() => stopping.abort());
  const told = new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
  try {
    const config = loadConfig(process.env);
    const log = serviceLog(config.logLevel);
    const closing = new Closing(log);
    const { env } = process;
    const service = what.toLowerCase().replaceAll(' ', '-');
    // Also while it is still starting: what it waits for may hang.
    stopping.signal.addEventListener('abort', () => endAtLast(what, closing, config.drainSeconds));
    const telemetry = await openTelemetry({ service, config, env, log });
    closing.add('telemetry', () => telemetry.close());
    const surroundings = { config, env, log, telemetry, say, closing, stopping: stopping.signal };
    const running = await start(surroundings).catch(async (error) => {
      endAtLast(what, closing);
      await closing.close();
      throw error;
    });
    announce(what, running);
    const failure = await Promise.race([told, running.failed]);
    say(`${what} is stopping; instances go on.`);
    if (stopping.signal.aborted) await running.drain?.();
    else endAtLast(what, closing);
    await running.stop();
    if (failure instanceof Error) throw failure;
  } catch (error) {
    if (isGivenUp(error, stopping.signal)) return;
    process.exitCode = 1;
    process.stderr.write(`${sentence(error)}\n`);
  } finally {
    // All is closed; what a library still holds may not keep the process.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** What hangs while it is closed may not keep the process: nothing that was accepted is lost by ending it. */
function endAtLast(what: string, closing: Closing, drainSeconds = 0): void {
  const end = () => {
    process.stderr.write(
      `${what} did not end in time (${closing.current ?? 'it was starting'}); it is ended now.\n`,
    );
    process.exit(1);
  };
  setTimeout(end, STOP_MS + drainSeconds * 1_000).unref();
}

function announce(what: string, { places }: Running): void {
  say(`${what} is ready`);
  for (const [name, address] of places) say(`  ${name.padEnd(11)}  ${address}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Whoever read the output has gone: that ends no service. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/**
 * SIGTERM, Ctrl-C, or the death of the npm that started this. A second signal ends the process at once: nothing that
 * was accepted is lost by that, and the next start takes over.
 */
function onStopRequest(stop: () => void): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop();
      process.once(signal, () => process.exit(128 + constants.signals[signal]));
    });
  }
  onParentDeath(stop);
}

/** Told to end while it still waited for something to answer: no failure. */
function isGivenUp(error: unknown, { aborted }: AbortSignal): boolean {
  return aborted && error instanceof Error && error.name === 'AbortError';
}

/** What a person can act on is a sentence; only what nobody expected comes with its stack. */
function sentence(error: unknown): string {
  if (error instanceof TerminalError || error instanceof RetryableError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
