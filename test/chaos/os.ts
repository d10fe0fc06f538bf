import { readdirSync } from 'node:fs';
import { readText } from '../../src/runtimes/process/proc.js';
import { MARK } from './program.js';

/** An instance as the operating system shows it. */
export interface Seen {
  app: string;
  instance: string;
  mark: string;
  /** Leader of its process group: the shim. */
  leader: number;
  /** All that it consists of. */
  pids: number[];
}

/** Instances whose sandbox lies in the home, by their environment; what is a zombie has ended. */
export function instancesIn(home: string): Seen[] {
  const found = new Map<string, Seen>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const env = environmentOf(name);
    const instance = env.get('MESOS_TASK_ID');
    if (instance === undefined || !env.get('MESOS_SANDBOX')?.startsWith(`${home}/`)) continue;
    const group = groupOf(name);
    if (group === undefined) continue;
    const app = env.get('MARATHON_APP_ID') ?? '';
    const known = found.get(instance) ?? {
      app,
      instance,
      mark: env.get(MARK) ?? '',
      leader: group,
      pids: [],
    };
    known.pids.push(Number(name));
    found.set(instance, known);
  }
  return [...found.values()];
}

function environmentOf(pid: string): Map<string, string> {
  const pairs = readText(`/proc/${pid}/environ`)?.split('\0') ?? [];
  return new Map(pairs.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
}

/** Undefined for a zombie. */
function groupOf(pid: string): number | undefined {
  const stat = readText(`/proc/${pid}/stat`) ?? '';
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === 'Z' || state === '' ? undefined : Number(group);
}

/** Children of a process, found by what their command line holds. */
export function childrenOf(pid: number, says: string): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ').filter(Boolean) ?? [];
  return children.map(Number).filter((child) => readText(`/proc/${child}/cmdline`)?.includes(says));
}
