import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends a process that a test started, where it still runs, and resolves when it is gone; with its exit code, null where a signal ended it. */
export async function endChild(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals,
): Promise<number | null> {
  if (child === undefined) return null;
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}
