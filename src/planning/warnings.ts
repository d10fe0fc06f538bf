import type { App, PathId } from '../model/app.js';
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
