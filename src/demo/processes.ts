import { readdirSync, readFileSync } from 'node:fs';
import { RUN_VARIABLE } from './product.js';

/** What the operating system shows of one instance. */
export interface SeenProcess {
  app: string;
  /** Instance's id; a wrapper and its program count as one. */
  instance: string;
  /** Whether something listens on its port. */
  accepting: boolean;
}

/** A process without the variable for so many scans keeps being without: it is past its exec. */
const SCANS_UNTIL_FOREIGN = 20;

/**
 * Finds the instances of one run of the demo by the environment of their processes: what really runs,
 * whoever says what. Linux only (proc(5)).
 */
export class ProcessScanner {
  private foreign = new Map<string, number>();

  constructor(private readonly run: string) {}

  scan(): SeenProcess[] {
    const listening = listeningPorts();
    const found = new Map<string, SeenProcess>();
    const foreign = new Map<string, number>();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const misses = this.foreign.get(pid) ?? 0;
      const env = misses < SCANS_UNTIL_FOREIGN ? environmentOf(pid) : undefined;
      const seen = env?.get(RUN_VARIABLE) === this.run ? toSeen(pid, env, listening) : undefined;
      if (seen) found.set(seen.instance, seen);
      else foreign.set(pid, misses + 1);
    }
    this.foreign = foreign;
    return [...found.values()];
  }
}

function toSeen(pid: string, env: Map<string, string>, listening: Set<number>): SeenProcess {
  return {
    app: env.get('MARATHON_APP_ID') ?? '',
    instance: env.get('MESOS_TASK_ID') ?? pid,
    accepting: listening.has(Number(env.get('PORT0'))),
  };
}

/** Empty for a process that has ended and for one that is not ours to read. */
function environmentOf(pid: string): Map<string, string> {
  return new Map(
    read(`/proc/${pid}/environ`)
      .split('\0')
      .map((pair) => pair.split(/=(.*)/s, 2) as [string, string]),
  );
}

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

function listeningPorts(): Set<number> {
  const lines = `${read('/proc/net/tcp')}\n${read('/proc/net/tcp6')}`.split('\n');
  return new Set(lines.map(listeningPort).filter((port) => port !== undefined));
}

/** `  0: 0100007F:1F90 00000000:0000 0A …`: the local port in hexadecimal. */
function listeningPort(line: string): number | undefined {
  const [, local, , state] = line.trim().split(/\s+/);
  return state === LISTEN ? Number.parseInt(local?.split(':')[1] ?? '', 16) : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
