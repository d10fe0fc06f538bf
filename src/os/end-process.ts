import { setTimeout as sleep } from 'node:timers/promises';
import { isSame, type ProcessIdentity, signalSame } from './process-table.js';
import { steady } from './steady.js';

/** Ends a process by SIGTERM, after `graceMs` by SIGKILL. False where it lives on even so (a hung disk). */
export async function endProcess(target: ProcessIdentity, graceMs: number): Promise<boolean> {
  signalSame(target, 'SIGTERM');
  if (await hasEnded(target, graceMs)) return true;
  signalSame(target, 'SIGKILL');
  return hasEnded(target, 5_000);
}

/** Waits for the end of a process that need not be a child of this one. */
export async function hasEnded(target: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = steady() + withinMs;
  while (isSame(target.pid, target.startTime)) {
    if (steady() > deadline) return false;
    await sleep(25);
  }
  return true;
}
