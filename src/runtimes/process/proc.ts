import { readdirSync, readFileSync } from 'node:fs';
import { isSame, type ProcessIdentity } from '../../os/process-table.js';
import { HOME_MARK, INSTANCE_MARK } from './environment.js';

/** A process that carries the mark of a home, and the instance that it belongs to. */
export interface Marked {
  pid: number;
  instance: string;
}

/** Processes looked at before others get their turn. */
const PER_TURN = 100;

/**
 * Visits every process of the instances of a home, found by their environment: also those that left their group.
 * Each is visited the moment it is found, so that a pid is never an old one.
 */
export async function visitMarked(home: string, visit: (process: Marked) => void): Promise<void> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const [index, pid] of pids.entries()) {
    if (index % PER_TURN === PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    const instance = instanceOf(pid, home);
    if (instance !== undefined) visit({ pid: Number(pid), instance });
  }
}

function instanceOf(pid: string, home: string): string | undefined {
  const variables = readText(`/proc/${pid}/environ`)?.split('\0') ?? [];
  if (!variables.includes(`${HOME_MARK}=${home}`)) return undefined;
  const prefix = `${INSTANCE_MARK}=`;
  return variables.find((variable) => variable.startsWith(prefix))?.slice(prefix.length);
}

/** The process that a shim noted: boot id, then its line of /proc/<pid>/stat. */
export function parseShimPid(text: string | undefined): ProcessIdentity | undefined {
  const [boot, stat, end] = text?.split('\n') ?? [];
  if (boot === undefined || stat === undefined || end === undefined) return undefined;
  const { startTicks } = fieldsOf(stat);
  return startTicks === undefined
    ? undefined
    : { pid: Number.parseInt(stat, 10), startTime: `${boot}/${startTicks}` };
}

/** Whether a process found running still does, as cheap as can be: the boot is the same while we live. */
export function stillRuns({ pid, startTime }: ProcessIdentity): boolean {
  const { state, startTicks } = fieldsOf(readText(`/proc/${pid}/stat`) ?? '');
  return state !== undefined && !'ZXx'.includes(state) && startTime.endsWith(`/${startTicks}`);
}

/** Whether any process has this pid, a zombie too. */
export function isUsed({ pid }: Pick<ProcessIdentity, 'pid'>): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Fields after the bracketed name, which may hold anything: state is the third, the start time the 22nd (proc(5)). */
function fieldsOf(stat: string): { state: string | undefined; startTicks: string | undefined } {
  const bracket = stat.lastIndexOf(')');
  const fields = bracket === -1 ? [] : stat.slice(bracket + 2).split(' ');
  return { state: fields[0], startTicks: fields[19] };
}

/**
 * Signals the group that this process leads, only while it is the recorded one. Tells whether it was sent.
 */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isSame(leader.pid, leader.startTime) && signalPid(-leader.pid, signal);
}

export function signalPid(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
