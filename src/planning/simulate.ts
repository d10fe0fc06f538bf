import type { Timestamp } from '../model/app.js';
import type { Bounds } from '../runtimes/runtime.js';
import { decide } from './rolling.js';
import { type Tally, total, type VersionTally } from './tally.js';
import type { Batches, BatchGoal } from './types.js';

/** Counts of an app's instances at one moment. Ending ones still take their place. */
export interface Moment {
  old: number;
  new: number;
  ready: number;
}

/**
 * An app on an ideal runtime: what is to be started is there at once, what is to end ends when nothing else is left to
 * decide, and only then everything started gets ready. Ending and starting so overlap as much as the bounds allow.
 */
export class Simulation {
  private counts: Tally;

  /** @param ready instances that run before it begins, all ready, per run version */
  constructor(ready: Record<Timestamp, number>, target: Timestamp) {
    const entries = Object.entries(ready).map(([version, count]) => steady(version, count));
    this.counts = {
      target: entries.find(({ version }) => version === target) ?? steady(target, 0),
      old: entries.filter(({ version, kept }) => version !== target && kept > 0),
      ending: { old: 0, new: 0 },
    };
  }

  moment(): Moment {
    const { target, old, ending } = this.counts;
    return {
      old: total(old, 'kept') + ending.old,
      new: target.kept + ending.new,
      ready: target.ready + total(old, 'ready'),
    };
  }

  /** Ends everything. */
  stop(): void {
    this.counts = { target: steady(this.counts.target.version, 0), old: [], ending: { old: 0, new: 0 } };
  }

  /**
   * Goes on until the goal is reached, and reports each moment on the way.
   * @throws Error where nothing can move any more: bounds and goal contradict each other
   */
  run(batches: Batches, goal: BatchGoal, report: (moment: Moment, settled: boolean) => void): void {
    for (;;) {
      const decision = decide({ batches, goal }, this.counts);
      if (decision.kind === 'done') return;
      if (decision.kind === 'split') {
        this.enact(decision.split);
        this.start(batches.bounds);
        report(this.moment(), false);
      } else if (this.hasEnding()) {
        this.counts.ending = { old: 0, new: 0 };
        if (this.start(batches.bounds) > 0) report(this.moment(), false);
      } else if (this.isStarting()) {
        this.counts.target.ready = this.counts.target.kept;
        report(this.moment(), true);
      } else {
        throw new Error(`nothing moves: ${decision.for}`);
      }
    }
  }

  private hasEnding(): boolean {
    return this.counts.ending.old + this.counts.ending.new > 0;
  }

  private isStarting(): boolean {
    return this.counts.target.ready < this.counts.target.kept;
  }

  private enact(split: Record<Timestamp, number>): void {
    const { target, old, ending } = this.counts;
    for (const entry of old) ending.old += setCount(entry, split[entry.version] ?? 0);
    ending.new += setCount(target, split[target.version] ?? 0);
  }

  /** Starts what is declared as far as there is room, as a runtime does; returns how many. */
  private start({ maxTotal }: Bounds): number {
    const { target, old, ending } = this.counts;
    const room = maxTotal - total([...old, target], 'kept') - ending.old - ending.new;
    const started = Math.max(0, Math.min(target.declared - target.kept, room));
    target.kept += started;
    return started;
  }
}

function steady(version: Timestamp, count: number): VersionTally {
  return { version, declared: count, kept: count, ready: count };
}

/** Returns how many were told to end; unready ones are the first. */
function setCount(entry: VersionTally, count: number): number {
  const ended = Math.max(0, entry.kept - count);
  entry.declared = count;
  entry.kept = Math.min(entry.kept, count);
  entry.ready = Math.min(entry.ready, count);
  return ended;
}
