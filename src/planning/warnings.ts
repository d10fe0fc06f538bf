import type { App, PathId } from '../model/app.js';
import { isSingleInstance } from '../model/defaults.js';
import { missingDependencies } from '../model/dependencies.js';
import type { Action } from '../model/deployment.js';
import { ancestors } from '../model/paths.js';
import type { Root } from '../model/root.js';
import { surgeAndUnavailable } from './bounds.js';
import { isResident } from './effective-strategy.js';

/**
 * Dependencies on what is not there, as far as this change has to do with them: stated by an app that it touches, by a
 * group around one, or on something that it takes away. Marathon ignores them silently (issues 3814, 5965).
 */
export function dependencyWarnings(original: Root, target: Root, affected: PathId[]): string[] {
  const concerned = new Set(affected.flatMap((id) => [id, ...ancestors(id)]));
  return missingDependencies(target).flatMap(({ of, dependency }) => {
    const who = `${target.apps.has(of) ? 'App' : 'Group'} ${of} depends on ${dependency}`;
    if (original.apps.has(dependency) || original.groups.has(dependency)) {
      return [`${who}, which this change removes.`];
    }
    return concerned.has(of) ? [`${who}, which does not exist; the dependency is ignored.`] : [];
  });
}

/** What somebody should know of how an app is released. */
export function appWarnings(app: App, action: Action): string[] {
  return app.stateful ? surgeWarnings(app, action) : volumeWarnings(app, action);
}

/** A strategy that asks for more at once than a stateful app's places allow is carried out one by one. */
function surgeWarnings({ id }: App, { action, rollout }: Action): string[] {
  if (action !== 'RestartApplication' || rollout?.strategy.type !== 'rolling') return [];
  const { surge, unavailable } = surgeAndUnavailable(rollout.strategy, rollout.instances);
  if (surge === 0 && unavailable === 1) return [];
  return [
    `App ${id} is stateful: its instances are replaced one by one in place, not ${surge} more and ${unavailable} less at once.`,
  ];
}

/** A volume is held until its instance has ended: a new one beside it would have to do without. */
function volumeWarnings(app: App, { action, rollout }: Action): string[] {
  const type = rollout?.strategy.type;
  if (action !== 'RestartApplication' || !isResident(app) || (type !== 'canary' && type !== 'blueGreen'))
    return [];
  return [`App ${app.id} keeps persistent volumes, and ${type} runs new instances beside the old ones.`];
}

/** Apps that run with nothing that could tell a broken instance from one that works. */
export function checkWarnings(apps: App[]): string[] {
  const unchecked = apps.filter(
    ({ healthChecks, readinessChecks }) => healthChecks.length + readinessChecks.length === 0,
  );
  return about(
    unchecked,
    'neither a health check nor a readiness check: nothing tells whether an instance works',
  );
}

/** Apps that are gone while their only instance is; those of which two must never run cannot help it. */
export function singleWarnings(apps: App[]): string[] {
  const single = apps.filter((app) => app.instances === 1 && !isSingleInstance(app));
  return about(single, 'only one instance in a production environment: nothing serves while it is replaced');
}

const NAMED = 3;

/** One sentence for all of them, however many there are: a warning per app would be read by nobody. */
function about(apps: App[], have: string): string[] {
  const [one, ...others] = apps.map(({ id }) => id);
  if (one === undefined) return [];
  if (others.length === 0) return [`App ${one} has ${have}.`];
  const named = [one, ...others].slice(0, NAMED).join(', ');
  const more = apps.length > NAMED ? ` and ${apps.length - NAMED} more` : '';
  return [`Apps ${named}${more} have ${have}.`];
}
