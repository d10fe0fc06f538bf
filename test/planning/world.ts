import type { Timestamp } from '../../src/model/app.js';
import { nextSplit } from '../../src/planning/rolling.js';
import type { Batches, BatchGoal, Decision, Seen } from '../../src/planning/types.js';

export const TARGET = '2026-03-01T00:00:00.000Z';
/** The oldest first. */
export const OLD = [
  '2026-01-01T00:00:00.000Z',
  '2026-02-01T00:00:00.000Z',
  '2026-02-02T00:00:00.000Z',
] as const;

export interface Copy extends Seen {
  /** Never gets ready, however long one waits. */
  broken?: boolean;
}

/** Instances in a list, and a supervisor that does what is declared at once, and checks that it may. */
export class World {
  declared: Record<Timestamp, number> = {};
  /** Broken rules, in words. */
  readonly violations: string[] = [];
  /** Old versions cannot be started any more. */
  oldIsGone = false;
  /** Kills that are carried out at once after a declaration; the others wait for `catchUp`. */
  killsAtOnce = Number.POSITIVE_INFINITY;
  decisions = 0;
  peak: number;
  fewestReady: number;

  constructor(
    readonly batches: Batches,
    public copies: Copy[],
  ) {
    for (const { version, ending } of copies) {
      if (!ending) this.declared[version] = (this.declared[version] ?? 0) + 1;
    }
    this.peak = copies.length;
    this.fewestReady = this.ready();
    this.ceiling = Math.max(batches.bounds.maxTotal, copies.length);
  }

  private readonly ceiling: number;

  ready(): number {
    return this.copies.filter(({ ready, ending }) => ready && !ending).length;
  }

  count(version: Timestamp): number {
    return this.copies.filter((copy) => copy.version === version && !copy.ending).length;
  }

  decide(goal: BatchGoal, acceptUnready = false): Decision {
    this.decisions += 1;
    const { batches, copies: seen, declared } = this;
    const decision = nextSplit({ batches, goal, target: TARGET, seen, declared, acceptUnready });
    if (decision.kind === 'split') this.enact(decision.split);
    return decision;
  }

  private enact(split: Record<Timestamp, number>): void {
    for (const [version, count] of Object.entries(split)) {
      if (version !== TARGET && count > (this.declared[version] ?? 0))
        this.violations.push(`more of ${version}`);
    }
    this.declared = split;
    this.catchUp(this.killsAtOnce);
    const fresh = (split[TARGET] ?? 0) - this.count(TARGET);
    for (let started = 0; started < fresh; started += 1) this.start(TARGET);
    this.supervise();
  }

  /** Carries out so many of the kills that are declared. */
  catchUp(kills: number): void {
    let left = kills;
    for (const version of new Set(this.copies.map((copy) => copy.version)))
      left -= this.endSurplus(version, left);
  }

  /** Unready ones first; checks every kill of a ready one against the minimum. */
  private endSurplus(version: Timestamp, limit: number): number {
    const alive = this.copies.filter((copy) => copy.version === version && !copy.ending);
    alive.sort((a, b) => Number(a.ready) - Number(b.ready));
    const surplus = Math.min(limit, Math.max(0, alive.length - (this.declared[version] ?? 0)));
    for (const copy of alive.slice(0, surplus)) this.end(copy);
    return surplus;
  }

  private end(copy: Copy): void {
    copy.ending = true;
    const left = this.ready();
    if (copy.ready && left < this.batches.bounds.minReady) {
      this.violations.push(`${left} ready, ${this.batches.bounds.minReady} needed`);
    }
    this.fewestReady = Math.min(this.fewestReady, left);
  }

  /** Replaces what died, as long as there is room: what a supervisor does with no deployment, too. */
  supervise(): void {
    for (const [version, count] of Object.entries(this.declared)) {
      if (version !== TARGET && this.oldIsGone) continue;
      while (this.count(version) < count && this.copies.length < this.batches.bounds.maxTotal)
        this.start(version);
    }
  }

  private start(version: Timestamp): void {
    this.copies.push({ version, ready: false, ending: false });
    this.peak = Math.max(this.peak, this.copies.length);
    if (this.copies.length > this.ceiling) this.violations.push(`${this.copies.length} instances`);
  }

  endingEnd(): void {
    this.copies = this.copies.filter(({ ending }) => !ending);
  }

  startedGetReady(): void {
    for (const copy of this.copies) if (!copy.broken) copy.ready = true;
  }

  die(index: number): void {
    this.copies.splice(index, 1);
  }

  /** Goes on to the goal with a runtime that does all it is told; false where it takes more decisions than that. */
  settle(goal: BatchGoal, limit = 1000): boolean {
    for (let turn = 0; turn < limit; turn += 1) {
      const decision = this.decide(goal);
      if (decision.kind === 'done') return true;
      if (decision.kind === 'wait') this.calm();
    }
    return false;
  }

  private calm(): void {
    this.catchUp(Number.POSITIVE_INFINITY);
    if (this.copies.some(({ ending }) => ending)) this.endingEnd();
    else this.startedGetReady();
    this.supervise();
  }
}

/** So many instances of a version. */
export function copies(count: number, version: Timestamp, state: Partial<Copy> = {}): Copy[] {
  return Array.from({ length: count }, () => ({ version, ready: true, ending: false, ...state }));
}
