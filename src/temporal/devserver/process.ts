import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from '../../errors.js';
import { isSame, type ProcessIdentity, startTimeOf } from '../../os/process-table.js';
import { argumentsOf, type DevServerOptions, folderOf } from './command.js';
import { logFileOf } from './output.js';

/** A server process, started here or taken over. */
export interface ServerProcess extends ProcessIdentity {
  /** Ends with how it ended: "exit code 1", "SIGKILL", "its process is gone". */
  ended: Promise<string>;
}

/**
 * Starts the server in a session of its own: Ctrl-C in the terminal reaches only the service, which ends the server
 * after it has drained; and when the service is killed the server lives on, to be taken over.
 */
export async function spawnServer(options: DevServerOptions): Promise<ServerProcess> {
  const output = await open(logFileOf(options.home), 'a');
  try {
    const child = spawn(options.binary, argumentsOf(options), {
      cwd: folderOf(options.home),
      env: environment(process.env),
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    child.unref();
    if (child.pid === undefined) {
      throw new RetryableError(
        'the Temporal server',
        `${options.binary} could not be started: ${await ended}.`,
      );
    }
    return { pid: child.pid, startTime: startTimeOf(child.pid) ?? '', ended };
  } finally {
    await output.close();
  }
}

/** A server that another process started; its end is found by looking. */
export function watchServer(identity: ProcessIdentity): ServerProcess {
  return { ...identity, ended: untilGone(identity) };
}

async function untilGone({ pid, startTime }: ProcessIdentity): Promise<string> {
  while (isSame(pid, startTime)) await sleep(250, undefined, { ref: false });
  return 'its process is gone';
}

/** The variables of Temporal's clients mean another server than the one that is started. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
