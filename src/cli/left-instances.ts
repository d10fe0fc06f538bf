import { homeId } from '../runtimes/process/environment.js';
import { signalPid, visitMarked } from '../runtimes/process/proc.js';
import { CliError, EXIT } from './exit.js';
import type { Io } from './io.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;
const LOOK_MS = 100;

/**
 * Ends the instances of a home with which no service runs, found by their environment; answers how many there were.
 * `folder` is that of the environment (see ProcessRuntimeOptions). Nothing starts them again before the service does.
 * Throws CliError where some are left even so.
 */
export async function endLeftInstances(
  folder: string,
  { now, sleep }: Pick<Io, 'now' | 'sleep'>,
): Promise<number> {
  const mark = homeId(folder);
  const ended = await signalAll(mark, 'SIGTERM');
  const begin = now();
  for (let left = ended; left.size > 0; ) {
    const waited = now() - begin;
    if (waited > 2 * GRACE_MS) throw stillThere(left);
    await sleep(LOOK_MS);
    left = await signalAll(mark, waited > GRACE_MS ? 'SIGKILL' : undefined);
  }
  return ended.size;
}

function stillThere(left: Set<string>): CliError {
  return new CliError(EXIT.failed, `${left.size} instances do not end, not even by SIGKILL:`, [...left]);
}

/** Signals every process that is left; answers with the instances they belong to. */
async function signalAll(mark: string, signal: NodeJS.Signals | undefined): Promise<Set<string>> {
  const seen = new Set<string>();
  await visitMarked(mark, ({ pid, instance }) => {
    if (signal === undefined || signalPid(pid, signal)) seen.add(instance);
  });
  return seen;
}
