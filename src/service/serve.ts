import { pino } from 'pino';
import { loadConfig } from '../config.js';
import { RetryableError, TerminalError } from '../errors.js';
import { onParentDeath } from '../os/npm-parent.js';
import { type Service, startService } from './service.js';

/** Runs the service in the foreground until it is told to end. Sets the exit code: 0, or 1 with a sentence on stderr. */
export async function serve(): Promise<void> {
  const stopped = stopRequest();
  try {
    const config = loadConfig(process.env);
    const log = pino(
      { level: config.logLevel, base: null, redact: ['token', '*.token'] },
      pino.destination(2),
    );
    const service = await startService(config, process.env, log, say);
    announce(service);
    const failure = await Promise.race([stopped, service.failed]);
    say('Slipway is stopping; instances go on.');
    await service.stop();
    if (failure instanceof Error) throw failure;
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${sentence(error)}\n`);
  }
}

function announce({ apiUrl, uiUrl }: Service): void {
  say('Slipway is ready');
  say(`  API          ${apiUrl}`);
  if (uiUrl) say(`  Temporal UI  ${uiUrl}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** SIGTERM, Ctrl-C, or the death of the npm that started this. A second signal does not hurry: closing is bounded. */
function stopRequest(): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = () => resolve(undefined);
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', stop);
    onParentDeath(stop);
  });
}

/** What a person can act on is a sentence; only what nobody expected comes with its stack. */
function sentence(error: unknown): string {
  if (error instanceof TerminalError || error instanceof RetryableError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
