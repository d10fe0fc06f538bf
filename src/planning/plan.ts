import { type App, type PathId, runVersion } from '../model/app.js';
import { layers } from '../model/dependencies.js';
import type { Action, ActionName, DeploymentOptions, Plan, Step } from '../model/deployment.js';
import type { Root } from '../model/root.js';
import { isAllAtOnce } from './batches.js';
import { effectiveStrategy } from './effective-strategy.js';
import { changeReason } from './reasons.js';
import { appWarnings, checkWarnings, dependencyWarnings, singleWarnings } from './warnings.js';

export { effectiveStrategy };

export interface PlanOptions {
  /** Of the deployment; its strategy goes before those of the apps. */
  options?: DeploymentOptions;
  /** Instances to end first, per app (scale-kill). */
  kills?: Record<PathId, string[]>;
  /** The environment is one of which more is expected: warns of apps with a single instance. */
  production?: boolean;
}

/**
 * The steps from one root to another: artifacts are resolved, removed apps stop, new apps become known, and then layer
 * by layer of the dependencies the apps are scaled or replaced (Marathon 1.11 DeploymentPlan, but that removed apps
 * stop in reverse order of their dependencies). An app that is the same object in both is not looked at.
 *
 * @throws TerminalError `invalid` where dependencies are cyclic or a strategy is not readable
 */
export function plan(
  original: Root,
  target: Root,
  { options = {}, kills = {}, production = false }: PlanOptions = {},
): Plan {
  const removed = [...original.apps.keys()].filter((id) => !target.apps.has(id));
  const changes = changesOf(original, target, options, kills);
  const work = layers(target, new Set(changes.keys())).map((ids) =>
    ids.flatMap((id) => changes.get(id) ?? []),
  );
  const affectedApps = [...removed, ...changes.keys()].sort();
  const running = [...changes.values()].map(({ to }) => to).filter(({ instances }) => instances > 0);
  return {
    steps: [
      resolveStep(work.flat()),
      ...stopSteps(original, removed),
      startStep(work.flat()),
      ...work.flatMap(layerSteps),
    ].filter(({ actions }) => actions.length > 0),
    affectedApps,
    warnings: [
      ...dependencyWarnings(original, target, affectedApps),
      ...work.flat().flatMap(({ to, actions }) => actions.flatMap((action) => appWarnings(to, action))),
      ...checkWarnings(running),
      ...(production ? singleWarnings(running) : []),
    ],
  };
}

/** An app that is new or another than before, and what has to be done for it, in this order. */
interface AppChange {
  from: App | undefined;
  to: App;
  actions: Action[];
}

function changesOf(
  original: Root,
  target: Root,
  options: DeploymentOptions,
  kills: Record<PathId, string[]>,
): Map<PathId, AppChange> {
  const changes = new Map<PathId, AppChange>();
  for (const [id, to] of target.apps) {
    const from = original.apps.get(id);
    if (from !== to) changes.set(id, { from, to, actions: actionsFor(from, to, options, kills[id] ?? []) });
  }
  return changes;
}

function actionsFor(from: App | undefined, to: App, options: DeploymentOptions, kill: string[]): Action[] {
  const before = from?.instances ?? 0;
  const strategy = effectiveStrategy(to, options);
  const reason = from ? changeReason(from, to) : 'new app';
  const make = (action: ActionName, wantedBefore: number): Action => ({
    action,
    app: to.id,
    rollout: {
      instances: to.instances,
      from: wantedBefore,
      strategy,
      ...(to.stateful && { ordered: true }),
    },
    reason,
  });
  if (!from) return [make('ScaleApplication', 0)];
  if (kill.length > 0) return [{ ...fewer(make('ScaleApplication', before)), kill }];
  // Also where only metadata changed: the supervisor is told the new checks and back-off, and nothing restarts.
  if (runVersion(from) === runVersion(to)) return [fewer(make('ScaleApplication', before))];
  if (to.instances === 0) return [make('ScaleApplication', before)];
  if (!isAllAtOnce(strategy)) return [make('RestartApplication', before)];
  const scale = make('ScaleApplication', 0);
  return before === 0 ? [scale] : [make('KillAllOldTasksOf', before), scale];
}

/** Marks a scaling that starts nothing. */
function fewer(action: Action): Action {
  const { rollout } = action;
  if (!rollout || rollout.instances >= rollout.from) return action;
  return { ...action, rollout: { ...rollout, fewer: true } };
}

/** One step before any other, for the apps that get new instances and have something to fetch. */
function resolveStep(changes: AppChange[]): Step {
  const due = changes.filter(({ from, to }) => getsInstances(from, to) && hasArtifacts(to));
  return {
    actions: due.map(({ to, actions }) => action('ResolveArtifacts', to.id, actions[0]?.reason ?? 'changed')),
  };
}

function getsInstances(from: App | undefined, to: App): boolean {
  if (to.instances === 0) return false;
  return !from || runVersion(from) !== runVersion(to) || to.instances > from.instances;
}

function hasArtifacts(app: App): boolean {
  return app.fetch.length > 0 || app.container?.docker !== undefined;
}

/** Whoever depends on others stops before them. */
function stopSteps(original: Root, removed: PathId[]): Step[] {
  return layers(original, new Set(removed))
    .reverse()
    .map((ids) => ({ actions: ids.map((id) => action('StopApplication', id, 'removed')) }));
}

function startStep(changes: AppChange[]): Step {
  const added = changes.filter(({ from }) => !from);
  return { actions: added.map(({ to }) => action('StartApplication', to.id, 'new app')) };
}

/** Where all old instances end at once that is a step of its own, before the rest of the layer. */
function layerSteps(layer: AppChange[]): Step[] {
  const kills = layer.flatMap(({ actions }) => actions.slice(0, -1));
  const rest = layer.flatMap(({ actions }) => actions.slice(-1));
  return [{ actions: kills }, { actions: rest }];
}

function action(name: ActionName, app: PathId, reason: string): Action {
  return { action: name, app, reason };
}
