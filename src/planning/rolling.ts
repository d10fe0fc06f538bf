import type { Timestamp } from '../model/app.js';
import { pooled, type Tally, tally, total, type VersionTally } from './tally.js';
import type { Batches, BatchGoal, Decision, Seen } from './types.js';

/** What a decision rests on, besides the instances. */
export interface RollingStep {
  batches: Batches;
  goal: BatchGoal;
  /** `force`: an instance of the batch counts as good once it is started. Bounds hold all the same. */
  acceptUnready?: boolean;
  /** Places for the new version that were never filled and wait for others (InPlace). */
  empty?: number;
}

/**
 * The next declaration on the way to a batch's goal; a pure function of what is there, so it may be asked again at
 * any time, by anybody, after any crash.
 *
 * - Ready instances are given up only while `minReady` others stay ready; unready ones, old first, only while the old
 *   ones that stay and the new ones that are ready are `minReady` (Kubernetes reconcileOldReplicaSets).
 * - New ones are started only while all that is there, ending ones included, stays within `maxTotal`.
 * - An old instance that dies by itself is replaced only where the goal or the minimum still needs it: otherwise
 *   a new one comes for it (Marathon 1.11). Counts of old versions never rise.
 *
 * @param input.target run version of the new definition
 * @param input.seen every instance that takes resources, of every version
 * @param input.declared the last declaration; an absent version counts 0, an empty record is no declaration
 */
export function nextSplit(
  input: RollingStep & { target: Timestamp; seen: Seen[]; declared: Record<Timestamp, number> },
): Decision {
  const { seen, target } = input;
  const declared = input.batches.order === 'InPlace' ? pooled(input.declared, seen, target) : input.declared;
  return decide(input, tally(seen, declared, target));
}

/** The same on counts; time and memory do not depend on the number of instances. */
export function decide(step: RollingStep, counts: Tally): Decision {
  const wanted = want(step, counts);
  if (wanted.new !== counts.target.declared || wanted.old !== total(counts.old, 'declared')) {
    return { kind: 'split', split: splitOf(wanted, counts) };
  }
  const missing = missingFor(step, counts, wanted);
  return missing.length === 0 ? { kind: 'done' } : { kind: 'wait', for: missing.join('; ') };
}

interface Wanted {
  new: number;
  old: number;
}

function want(step: RollingStep, counts: Tally): Wanted {
  const { goal, batches } = step;
  const { target, old } = counts;
  if (batches.order === 'InPlace') return inPlace(step, counts);
  const cap = Math.max(goal.new, Math.min(target.kept, batches.instances));
  const present = Math.min(target.kept, cap);
  const needed = Math.max(goal.old, batches.bounds.minReady - Math.min(target.ready, present));
  const declared = total(old, 'declared');
  const kept = total(old, 'kept');
  const taken = (keptOld: number) => Math.max(keptOld, Math.min(declared, needed)) + target.kept;
  const room = (all: number) => Math.min(cap, present + Math.max(0, batches.bounds.maxTotal - all));
  const possible = room(taken(kept) + goneBy(counts));
  const held = heldOld(step, counts, (keptOld) => room(taken(keptOld)) >= goal.new);
  const wantedOld = Math.min(declared, Math.max(needed, held));
  return { new: Math.max(present, Math.min(possible, newLimit(step, counts, wantedOld))), old: wantedOld };
}

/**
 * New ones take the places that the old ones leave, and those that were never filled, so that all places are declared at
 * every moment. Old ones beyond the minimum go; and while no new one is on its way (or `force` takes it as good), one that
 * is not ready, too: a place that cannot be ready in its old version would hold back all others.
 */
function inPlace({ goal, batches, acceptUnready, empty = 0 }: RollingStep, counts: Tally): Wanted {
  const { target, old } = counts;
  const [places, declared] = [batches.instances, total(old, 'declared')];
  const present = Math.min(target.declared, places);
  const isBusy = !acceptUnready && target.ready < target.declared - empty;
  const isOpen = present - empty < goal.new || counts.ending.new > 0;
  const isStuck = isOpen && !isBusy && total(old, 'ready') < declared;
  const needed = Math.max(goal.old, batches.bounds.minReady - target.ready);
  const kept = Math.min(needed, places - present, isStuck ? declared - 1 : declared);
  return { new: places - kept, old: kept };
}

function goneBy({ ending }: Tally): number {
  return ending.old + ending.new;
}

/**
 * CreateFirst: no old one goes before the new ones of the batch are ready, as long as all of these fit in beside them once
 * what ends has ended. Where they do not, those that serve nobody make room; where that is not enough, none is held.
 */
function heldOld(
  { batches, goal, acceptUnready }: RollingStep,
  { target, old }: Tally,
  fitsBeside: (keptOld: number) => boolean,
): number {
  const good = acceptUnready ? target.kept : target.ready;
  if (batches.order !== 'CreateFirst' || good >= goal.new) return 0;
  const [kept, ready] = [total(old, 'kept'), total(old, 'ready')];
  if (fitsBeside(kept)) return kept;
  return fitsBeside(ready) ? ready : 0;
}

/**
 * DeleteFirst: new ones start when the old ones of the batch have ended. Where the minimum holds some of those,
 * one new may start for each that has ended.
 */
function newLimit({ batches, goal }: RollingStep, counts: Tally, wantedOld: number): number {
  const surplus = total(counts.old, 'kept') + counts.ending.old - goal.old;
  if (batches.order !== 'DeleteFirst' || surplus <= 0) return Number.POSITIVE_INFINITY;
  return wantedOld <= goal.old ? 0 : goal.new - surplus;
}

function splitOf(wanted: Wanted, { target, old }: Tally): Record<Timestamp, number> {
  const split: Record<Timestamp, number> = { [target.version]: wanted.new };
  for (const [version, count] of share(wanted.old, old)) if (count > 0) split[version] = count;
  return split;
}

/**
 * Which old ones stay. What is declared but not there goes first, then unready ones, of the version that has most of
 * them and then of the oldest; then ready ones of the oldest version.
 */
function share(wanted: number, old: VersionTally[]): Map<Timestamp, number> {
  const left = new Map(old.map(({ version, declared }) => [version, declared]));
  let surplus = total(old, 'declared') - wanted;
  const take = (from: VersionTally[], most: (entry: VersionTally) => number) => {
    for (const entry of from) {
      const taken = Math.min(surplus, most(entry));
      left.set(entry.version, (left.get(entry.version) ?? 0) - taken);
      surplus -= taken;
    }
  };
  const unready = ({ kept, ready }: VersionTally) => kept - ready;
  take(old, ({ declared, kept }) => declared - kept);
  take(
    [...old].sort((a, b) => unready(b) - unready(a)),
    unready,
  );
  take(old, ({ ready }) => ready);
  return left;
}

/** What the goal still lacks, in words; empty when the batch is done. */
function missingFor(step: RollingStep, counts: Tally, wanted: Wanted): string[] {
  const { goal, batches, acceptUnready } = step;
  const { target, old, ending } = counts;
  const good = acceptUnready || batches.fewer ? target.kept : target.ready;
  const leaving = total(old, 'kept') + ending.old - Math.max(goal.old, wanted.old);
  const surplus = target.kept + ending.new - wanted.new;
  const missing: string[] = [];
  if (good < goal.new)
    missing.push(`${good}/${goal.new} new instances ${acceptUnready ? 'started' : 'ready'}`);
  if (good < goal.new && wanted.new < goal.new && isFull(counts, batches)) {
    missing.push(`no room for more than ${batches.bounds.maxTotal} instances in all`);
  }
  if (wanted.old > goal.old) {
    missing.push(`${instances(wanted.old, 'old')} stay: ${batches.bounds.minReady} have to be ready`);
  }
  if (leaving > 0) missing.push(`${instances(leaving, 'old')} to end`);
  if (ending.new > 0 && surplus > 0) missing.push(`${instances(surplus, 'surplus')} to end`);
  return missing;
}

function instances(count: number, which: string): string {
  return `${count} ${which} ${count === 1 ? 'instance' : 'instances'}`;
}

function isFull(counts: Tally, { bounds }: Batches): boolean {
  return total([...counts.old, counts.target], 'kept') + goneBy(counts) >= bounds.maxTotal;
}
