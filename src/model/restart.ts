import { type App, runVersion } from './app.js';
import { deepEqual } from './equal.js';

/** An app without the names of its versions: what a caller defines. */
export type Definition = Omit<App, 'version' | 'versionInfo'>;

/**
 * Fields whose change reaches the instances that run, or concerns only how they are supervised and released:
 * none is replaced for it. Marathon 1.11 restarts for all but `instances`, which its users complained of
 * (issues 2348, 4987, 5221). Constraints are not here: instances placed by the old ones may break the new.
 */
const NO_RESTART_FIELDS = [
  'instances',
  'labels',
  'upgradeStrategy',
  'healthChecks',
  'readinessChecks',
  'backoffSeconds',
  'backoffFactor',
  'maxLaunchDelaySeconds',
  'dependencies',
  'killSelection',
  'taskKillGracePeriodSeconds',
  'unreachableStrategy',
  'release',
] as const satisfies readonly (keyof Definition)[];

const VERSION_FIELDS = ['version', 'versionInfo'] as const;
const kept = new Set<string>(NO_RESTART_FIELDS);
const versions = new Set<string>(VERSION_FIELDS);

/** The fields in which two definitions differ; versions are not counted. */
export function differingFields(a: Definition, b: Definition): (keyof Definition)[] {
  const found: (keyof Definition)[] = [];
  if (a === b) return found;
  for (const field of Object.keys(a) as (keyof Definition)[]) {
    if (!versions.has(field) && !deepEqual(a[field], b[field])) found.push(field);
  }
  for (const field of Object.keys(b) as (keyof Definition)[]) {
    if (!(field in a) && !versions.has(field) && b[field] !== undefined) found.push(field);
  }
  return found;
}

/** Whether instances of one definition do for the other, whatever the versions say. */
export function sameRun(a: Definition, b: Definition): boolean {
  return differingFields(a, b).every(needsNoRestart);
}

export function needsNoRestart(field: keyof Definition): boolean {
  return kept.has(field);
}

/** Whether instances of `a` must be replaced to get to `b`: another run version, or another definition of what runs. */
export function needsRestart(a: App, b: App): boolean {
  return a !== b && (runVersion(a) !== runVersion(b) || !sameRun(a, b));
}
