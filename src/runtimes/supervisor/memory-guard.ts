import type { Driver } from './driver.js';
import type { Fleet } from './fleet.js';
import type { Log } from './log.js';
import type { Tracked } from './tracked.js';

export interface MemoryGuardOptions {
  driver: Driver;
  fleet: Fleet;
  log: Log;
}

/** Between two looks: what grows faster is above its limit for as long. */
const LOOK_MS = 1000;

/** Ends instances that take more memory than the limit of their app. Costs nothing where no app states one. */
export class MemoryGuard {
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(private readonly options: MemoryGuardOptions) {}

  start(): void {
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const limits = this.#limits();
    if (this.#looking || limits.size === 0) return;
    this.#looking = true;
    try {
      const beyond = await this.options.driver.beyondLimits(limits);
      for (const [id, used] of beyond) this.#end(id, used, limits.get(id) ?? used);
    } catch (error) {
      this.options.log.warn({ error: String(error) }, 'cannot look at the memory of instances');
    } finally {
      this.#looking = false;
    }
  }

  /** Of those that run and were not told to end. */
  #limits(): Map<string, number> {
    const limited = this.options.fleet.alive().flatMap((tracked): [string, number][] => {
      const limit = limitOf(tracked);
      return limit === undefined ? [] : [[tracked.id, limit]];
    });
    return new Map(limited);
  }

  #end(id: string, used: number, limit: number): void {
    const owner = this.options.fleet.find(id);
    if (owner === undefined || this.#timer === undefined || limitOf(owner.tracked) === undefined) return;
    const reason = `used ${Math.ceil(used)} MiB of memory, its limit is ${limit} MiB`;
    void this.options.fleet.kill(owner.state, owner.tracked, { reason, graceSeconds: 0, failed: true });
  }
}

function limitOf({ record, history }: Tracked): number | undefined {
  const limit = record.definition.resourceLimits?.mem;
  const runs = history.startedAt !== undefined && history.kill === undefined && history.end === undefined;
  return runs && typeof limit === 'number' ? limit : undefined;
}
