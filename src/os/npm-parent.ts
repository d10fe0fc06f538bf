import { basename } from 'node:path';
import { commandLineOf, isSame, type ProcessIdentity, parentOf, startTimeOf } from './process-table.js';

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'busybox']);
const RUNNERS = /^(npm|pnpm|yarn|bun)(-cli)?(\.c?js)?$/;
const POLL_MS = 500;

/** The `npm` that runs this process as a script (`npm start`), above the shell that it puts in between. */
export function npmParent(env: NodeJS.ProcessEnv = process.env): ProcessIdentity | undefined {
  if (!env.npm_lifecycle_event) return undefined;
  let pid: number | undefined = process.ppid;
  while (pid !== undefined && isScriptShell(commandLineOf(pid))) pid = parentOf(pid);
  if (pid === undefined || !isRunner(commandLineOf(pid))) return undefined;
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/**
 * Calls once when the `npm` that runs this process has died without telling: a SIGKILL of npm reaches nobody below it.
 * Does nothing where no npm runs this process. The returned function ends the watch.
 */
export function onParentDeath(callback: () => void, env: NodeJS.ProcessEnv = process.env): () => void {
  const npm = npmParent(env);
  if (npm === undefined) return () => {};
  const timer = setInterval(() => {
    if (isSame(npm.pid, npm.startTime)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function isScriptShell(commandLine: readonly string[]): boolean {
  return SHELLS.has(basename(commandLine[0] ?? '')) && commandLine.includes('-c');
}

/** npm renames its process to "npm start"; before that it is "node …/npm-cli.js start". */
function isRunner(commandLine: readonly string[]): boolean {
  const [program = '', script = ''] = commandLine.flatMap((word) => word.split(' '));
  return RUNNERS.test(basename(program)) || RUNNERS.test(basename(script));
}
