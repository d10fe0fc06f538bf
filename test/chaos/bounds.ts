import type { Noted } from './journal.js';
import { BOUNDS, READY_AFTER } from './operator.js';
import type { Deed } from './targets.js';

/** Seconds within which the supervisor has to have noticed that an instance was killed: it looks at those that it took over twice a second. */
const NOTICE = 2;
/** Resolution of the instances' clock. */
const TICK = 0.02;

/**
 * Promise 1, below: whenever the product told an instance to end, enough others were ready. What the run itself had
 * killed counts as there until the supervisor can have noticed.
 */
export function underMinimum(
  journal: readonly Noted[],
  deeds: readonly Deed[],
  apps: ReadonlySet<string>,
): string[] {
  const gone = goneAt(deeds);
  const breaches: string[] = [];
  const alive = new Map<string, Noted>();
  for (const noted of journal) {
    if (!apps.has(noted.app)) continue;
    if (noted.what === 'start') {
      alive.set(noted.instance, noted);
      continue;
    }
    const wasReady = isReady(alive.get(noted.instance), noted.at);
    alive.delete(noted.instance);
    if (!wasReady) continue;
    const others = [...alive.values()].filter(
      (other) =>
        other.app === noted.app &&
        isReady(other, noted.at) &&
        (gone.get(other.instance) ?? Number.POSITIVE_INFINITY) > noted.at,
    );
    if (others.length < BOUNDS.minReady)
      breaches.push(`${noted.app}: ${noted.instance} was told to end with ${others.length} others ready`);
  }
  return breaches;
}

function isReady(instance: Noted | undefined, at: number): boolean {
  return instance !== undefined && instance.at + READY_AFTER - TICK <= at;
}

/** When the supervisor must know of each instance that was killed. */
function goneAt(deeds: readonly Deed[]): Map<string, number> {
  const blind = deeds.filter(({ blinds }) => blinds);
  const gone = new Map<string, number>();
  for (const { at, killed } of deeds) {
    const seen = Math.max(
      at,
      ...blind.filter((each) => each.at <= at && at <= each.until).map(({ until }) => until),
    );
    for (const instance of killed) gone.set(instance, seen + NOTICE);
  }
  return gone;
}
