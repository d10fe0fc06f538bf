import { startTimeOf } from '../../src/os/process-table.js';
import { instancesIn } from './os.js';
import type { Random } from './random.js';
import type { Target } from './targets.js';

/** The product as it runs under chaos. */
export interface Stage {
  /** For people. */
  name: string;
  /** Folder of the instances. */
  home: string;
  /** Servers of the API; any of them may be away. */
  apis: string[];
  targets: Target[];
  /** What its processes wrote; for a look after a breach. */
  output(): string;
  /** Ends all that it started and removes what it made. */
  dispose(): Promise<void>;
}

/** One instance, or the program of it alone, gets SIGKILL. */
export function instanceTarget(home: string, weight: number): Target {
  return {
    name: 'instance',
    weight,
    harm: async (random: Random) => {
      const alive = instancesIn(home);
      if (alive.length === 0) return undefined;
      const victim = random.pick(alive);
      const pids = random.chance(0.5) ? victim.pids : victim.pids.filter((pid) => pid !== victim.leader);
      for (const pid of pids) killPid(pid);
      const what = `instance ${victim.instance} of ${victim.app}: SIGKILL`;
      return { what, killed: [victim.instance], over: Promise.resolve() };
    },
  };
}

function killPid(pid: number): void {
  if (startTimeOf(pid) === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Starts what may be prevented from starting by something else that is away just now; as a service manager does. */
export async function startAgain(start: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start();
      return;
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}
