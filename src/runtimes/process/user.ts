import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TerminalError } from '../../errors.js';
import { findProgram } from './program.js';

const run = promisify(execFile);

/** How to run a program as another user. */
export interface RunAs {
  uid: number;
  gid: number;
  /** Program and arguments that go before the program. */
  prefix: string[];
}

/**
 * The user that an app wants; undefined = the service's own, nothing to change. `setpriv` sets the user's
 * groups as well, and leaves the shim, which writes the records, to the service's user.
 */
export async function runAs(user: string, env: Record<string, string>): Promise<RunAs | undefined> {
  const [uid, gid] = await Promise.all([idOf('-u', user), idOf('-g', user)]);
  const own = process.getuid?.();
  if (uid === own) return undefined;
  if (own !== 0) {
    throw new TerminalError(
      'invalid',
      `Cannot run as user '${user}': only root can, and the service runs as uid ${own}.`,
    );
  }
  const setpriv = findProgram('setpriv', env, '/');
  if (setpriv === undefined) {
    throw new TerminalError(
      'invalid',
      `Cannot run as user '${user}': the program setpriv (util-linux) is not installed.`,
    );
  }
  return { uid, gid, prefix: [setpriv, '--reuid', `${uid}`, '--regid', `${gid}`, '--init-groups', '--'] };
}

async function idOf(option: '-u' | '-g', user: string): Promise<number> {
  try {
    const { stdout } = await run('id', [option, '--', user]);
    return Number(stdout.trim());
  } catch {
    throw new TerminalError('invalid', `Cannot run as user '${user}': this machine has no such user.`);
  }
}
