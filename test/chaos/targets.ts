import { setTimeout as sleep } from 'node:timers/promises';
import { uptime } from './clock.js';
import type { Random } from './random.js';

/** One thing that was done to the system. */
export interface Deed {
  at: number;
  /** When it was over: a process runs again, a link carries again. */
  until: number;
  what: string;
  /** The supervisor could not see what happened meanwhile. */
  blinds: boolean;
  /** Instances that were killed by it. */
  killed: string[];
}

/** Something that can be harmed, and mends. */
export interface Target {
  name: string;
  /** How often it is chosen, against the others. */
  weight: number;
  /** Begins a deed; `over` resolves when it is mended. Undefined where there is nothing to harm just now. */
  harm(
    random: Random,
  ): Promise<{ what: string; blinds?: boolean; killed?: string[]; over: Promise<void> } | undefined>;
}

/** A process that can be killed and started again. */
export interface Victim {
  pid: number;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  /** Until it works again. */
  start(): Promise<void>;
}

interface Process {
  name: string;
  weight: number;
  /** Undefined while it does not run. */
  victim(): Victim | undefined;
  /** Nothing is supervised while it is away. */
  blinds?: boolean;
}

/** Longest that a stopped process stays stopped, and a killed one away; seconds. */
const LONGEST_STOP = 8;
const LONGEST_AWAY = 3;

/** SIGKILL and a new start after a while, or SIGSTOP and SIGCONT. */
export function processTarget({ name, weight, victim, blinds = false }: Process): Target {
  return {
    name,
    weight,
    harm: async (random) => {
      const found = victim();
      if (found === undefined) return undefined;
      return random.chance(0.3) ? stop(name, found, random, blinds) : kill(name, found, random, blinds);
    },
  };
}

async function kill(name: string, victim: Victim, random: Random, blinds: boolean) {
  await victim.kill();
  const away = random.next() * LONGEST_AWAY;
  const over = sleep(away * 1000).then(() => victim.start());
  return { what: `${name}: SIGKILL, away for ${away.toFixed(1)} s`, blinds, over };
}

async function stop(name: string, { pid }: Victim, random: Random, blinds: boolean) {
  const seconds = 0.2 + random.next() * LONGEST_STOP;
  signal(pid, 'SIGSTOP');
  const over = sleep(seconds * 1000).then(() => signal(pid, 'SIGCONT'));
  return { what: `${name}: SIGSTOP for ${seconds.toFixed(1)} s`, blinds, over };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

/** Harms one target and keeps what was done. */
export async function harm(
  target: Target,
  random: Random,
): Promise<{ deed: Deed; over: Promise<void> } | undefined> {
  const at = uptime();
  const done = await target.harm(random);
  if (done === undefined) return undefined;
  const deed: Deed = {
    at,
    until: Number.POSITIVE_INFINITY,
    what: done.what,
    blinds: done.blinds ?? false,
    killed: done.killed ?? [],
  };
  const over = done.over.then(() => {
    deed.until = uptime();
  });
  return { deed, over };
}
