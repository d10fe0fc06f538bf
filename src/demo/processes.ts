import { readdirSync, readFileSync } from 'node:fs';
import { RUN_VARIABLE } from './product.js';

/** What the operating system shows of one app at one moment; an instance's wrapper and its program count as one. */
export interface SeenApp {
  /** Instances that had a process, all of them at the same moment. */
  running: number;
  /** Instances whose ports were listened on, all of them at the same moment. */
  accepting: number;
}

interface SeenProcess {
  pid: string;
  app: string;
  instance: string;
  port: number;
}

/** A process without the variable for so many scans keeps being without: it is past its exec. */
const SCANS_UNTIL_FOREIGN = 20;

/**
 * Finds the instances of one run of the demo by the environment of their processes: what really runs, whoever says what.
 * Linux only (proc(5)). To look takes time, in which instances come and go; nothing is counted together that was not there
 * together.
 */
export class ProcessScanner {
  private foreign = new Map<string, number>();
  private before: SeenProcess[] = [];

  constructor(private readonly run: string) {}

  /** By app; one of which nothing was seen is absent. */
  scan(): Map<string, SeenApp> {
    const listening = listeningPorts();
    const found = this.find();
    // Whoever listened was there in the last scan, or is in this one.
    const accepting = [...this.before, ...found].filter(({ port }) => listening.has(port));
    // Seen before and there after it: all of them were there at the end of the search.
    const running = found.filter(({ pid }) => read(`/proc/${pid}/environ`) !== '');
    this.before = found;
    const apps = new Set([...accepting, ...running].map(({ app }) => app));
    return new Map(
      [...apps].map((app) => [
        app,
        {
          running: distinct(running, app, ({ instance }) => instance),
          accepting: distinct(accepting, app, ({ port }) => port),
        },
      ]),
    );
  }

  private find(): SeenProcess[] {
    const found: SeenProcess[] = [];
    const foreign = new Map<string, number>();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const misses = this.foreign.get(pid) ?? 0;
      const env = misses < SCANS_UNTIL_FOREIGN ? environmentOf(pid) : undefined;
      if (env?.get(RUN_VARIABLE) === this.run) found.push(toSeen(pid, env));
      else foreign.set(pid, misses + 1);
    }
    this.foreign = foreign;
    return found;
  }
}

function toSeen(pid: string, env: Map<string, string>): SeenProcess {
  return {
    pid,
    app: env.get('MARATHON_APP_ID') ?? '',
    instance: env.get('MESOS_TASK_ID') ?? pid,
    port: Number(env.get('PORT0')),
  };
}

function distinct(processes: SeenProcess[], app: string, by: (process: SeenProcess) => unknown): number {
  return new Set(processes.filter((process) => process.app === app).map(by)).size;
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
