import type { Timestamp } from '../model/app.js';
import type { Seen } from './types.js';

/** Instances of one version, counted; those that end are not in it. */
export interface VersionTally {
  version: Timestamp;
  /** Wanted by the last declaration. */
  declared: number;
  /** There, and wanted. What is there beyond `declared` counts as ending. */
  kept: number;
  /** Ready ones among the kept: unready ones are the first to be given up. */
  ready: number;
}

/** All instances of an app, as the engine counts them. */
export interface Tally {
  target: VersionTally;
  /** The oldest version first. */
  old: VersionTally[];
  /** Told to end, or not wanted any more, and still there. */
  ending: { old: number; new: number };
}

/** Counts what is seen against what was declared. An empty declaration is none: what is there is taken as wanted. */
export function tally(seen: Seen[], declared: Record<Timestamp, number>, target: Timestamp): Tally {
  const counts = countVersions(seen, [...Object.keys(declared), target]);
  const undeclared = Object.keys(declared).length === 0;
  const result: Tally = { target: empty(target), old: [], ending: { old: 0, new: 0 } };
  for (const [version, { alive, ready, ending }] of counts) {
    const wanted = undeclared ? alive : (declared[version] ?? 0);
    const kept = Math.min(alive, wanted);
    const entry = { version, declared: wanted, kept, ready: Math.min(ready, wanted) };
    const gone = ending + alive - kept;
    if (version === target) {
      result.target = entry;
      result.ending.new += gone;
    } else {
      result.old.push(entry);
      result.ending.old += gone;
    }
  }
  result.old.sort((a, b) => (a.version < b.version ? -1 : 1));
  return result;
}

/**
 * The declaration as it is met where each place keeps its version until it is turned to the target: of old versions only
 * the sum was declared. What is not there counts to the oldest.
 */
export function pooled(
  declared: Record<Timestamp, number>,
  seen: Seen[],
  target: Timestamp,
): Record<Timestamp, number> {
  const versions = Object.keys(declared).sort();
  const [oldest] = versions.filter((version) => version !== target);
  if (oldest === undefined) return declared;
  let left = versions.reduce((sum, version) => sum + (version === target ? 0 : (declared[version] ?? 0)), 0);
  const met: Record<Timestamp, number> = { [oldest]: 0, [target]: declared[target] ?? 0 };
  for (const { version, ending } of seen) {
    if (version === target || ending || left === 0) continue;
    met[version] = (met[version] ?? 0) + 1;
    left -= 1;
  }
  return { ...met, [oldest]: (met[oldest] ?? 0) + left };
}

function empty(version: Timestamp): VersionTally {
  return { version, declared: 0, kept: 0, ready: 0 };
}

function countVersions(seen: Seen[], versions: Timestamp[]) {
  const counts = new Map(versions.map((version) => [version, { alive: 0, ready: 0, ending: 0 }]));
  for (const { version, ready, ending } of seen) {
    const count = counts.get(version) ?? { alive: 0, ready: 0, ending: 0 };
    counts.set(version, count);
    if (ending) count.ending += 1;
    else {
      count.alive += 1;
      if (ready) count.ready += 1;
    }
  }
  return counts;
}

export function total(tallies: VersionTally[], field: 'declared' | 'kept' | 'ready'): number {
  return tallies.reduce((sum, entry) => sum + entry[field], 0);
}
