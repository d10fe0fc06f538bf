import { readdirSync, readFileSync } from 'node:fs';

/** A process that stays identifiable after its pid was given to another one. */
export interface ProcessIdentity {
  pid: number;
  /** Of `startTimeOf`; opaque. */
  startTime: string;
}

/**
 * When a process started: its ticks since boot with the id of that boot, so that the value never repeats
 * after a restart of the machine. `undefined` where no such process runs; a zombie counts as ended.
 */
export function startTimeOf(pid: number): string | undefined {
  const stat = readStat(pid);
  if (stat === undefined || ENDED.has(stat.state)) return undefined;
  return `${bootId()}/${stat.startTicks}`;
}

/** Whether the pid still belongs to the process that was recorded with this start time. */
export function isSame(pid: number, startTime: string): boolean {
  return startTimeOf(pid) === startTime;
}

/** Sends a signal only while the pid still belongs to the recorded process; tells whether it was sent. */
export function signalSame(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isSame(target.pid, target.startTime)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    return false;
  }
}

/** The command line that a process was started with; empty where it is gone or not ours to read. */
export function commandLineOf(pid: number): string[] {
  return readText(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1) ?? [];
}

/** Pid of the process that started this one, or that took it over. */
export function parentOf(pid: number): number | undefined {
  return readStat(pid)?.parent;
}

/** Every process of this machine that can be seen. */
export function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
}

/** Zombie, dead (proc(5)). */
const ENDED = new Set(['Z', 'X', 'x']);

/** `/proc/<pid>/stat`: the name in brackets may itself hold spaces and brackets, so count from the last one. */
function readStat(pid: number): { state: string; parent: number; startTicks: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, startTicks] = [fields[0], fields[1], fields[19]];
  if (state === undefined || startTicks === undefined) return undefined;
  return { state, parent: Number(parent), startTicks };
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
