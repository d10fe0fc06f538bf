import { type App, runVersion, type Timestamp } from './app.js';
import { type Definition, differingFields, needsNoRestart, sameRun } from './restart.js';

/** What a new definition is compared with. */
export interface Before {
  /** The app as it is now; absent where it is new. */
  present?: App | undefined;
  /** The stored definition that is brought back, if this is a way back. */
  origin?: App | undefined;
  /** A revert: the origin's run version is taken even where the present one would do, which undoes a restart. */
  undo?: boolean;
  /** New instances are asked for although nothing changed. */
  restart?: boolean;
}

/**
 * Names a definition's versions (Marathon 1.11 GroupVersioningUtil): an equal definition keeps its app object; a new app
 * and a change of what runs get `now` three times; scaling moves `version` and `lastScalingAt`; the rest `version` only.
 * A way back takes up the run version of old, so that instances of it that still run are taken over.
 */
export function stamp(definition: Definition, now: Timestamp, before: Before): App {
  const { present } = before;
  const changed = present && differingFields(present, definition);
  const lastConfigChangeAt = runVersionOf(definition, changed, now, before);
  if (present && changed && lastConfigChangeAt === runVersion(present)) {
    if (changed.length === 0) return present;
    const lastScalingAt = changed.includes('instances') ? now : present.versionInfo.lastScalingAt;
    return { ...definition, version: now, versionInfo: { lastScalingAt, lastConfigChangeAt } };
  }
  const lastScalingAt = present && before.restart ? present.versionInfo.lastScalingAt : now;
  return { ...definition, version: now, versionInfo: { lastScalingAt, lastConfigChangeAt } };
}

function runVersionOf(
  definition: Definition,
  changed: (keyof Definition)[] | undefined,
  now: Timestamp,
  before: Before,
): Timestamp {
  const { present, origin, restart, undo } = before;
  if (restart) return now;
  const fromPresent = present && changed?.every(needsNoRestart) ? runVersion(present) : undefined;
  if (fromPresent && !undo) return fromPresent;
  if (origin && sameRun(origin, definition)) return runVersion(origin);
  return fromPresent ?? now;
}
