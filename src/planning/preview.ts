import type { PathId } from '../model/app.js';
import type { Action, Plan } from '../model/deployment.js';
import type { Root } from '../model/root.js';
import type { Capacity } from '../runtimes/runtime.js';
import { exact } from './amounts.js';
import { type Load, minus, most, NOTHING, plus } from './load.js';
import { Rehearsal, type Rehearsed } from './rehearsal.js';
import type { PlanPreview } from './types.js';

/** What there is and what is taken; what the affected apps run now is part of `taken`. */
export interface Room {
  total: Capacity;
  taken: Capacity;
}

type Misfit = PlanPreview['doesNotFit'][number];

interface Carried {
  action: Action;
  did: Rehearsed;
}

/**
 * What a plan will do, rehearsed with the engine that carries it out. Peaks assume the worst case: all actions of a
 * step are at their peak together, and instances that end keep their place as long as anything else can be done.
 * Totals are over the affected apps. Where `capacity` is not given everything fits.
 */
export function preview(plan: Plan, target: Root, original: Root, capacity?: Room): PlanPreview {
  const rehearsals = new Map(
    plan.affectedApps.map((id) => [id, new Rehearsal(original.apps.get(id), target.apps.get(id))]),
  );
  const states = [...rehearsals].map(([app, rehearsal]) => ({ app, ...rehearsal.state() }));
  const apps: PlanPreview['apps'] = Object.fromEntries(
    states.map(({ app, load, healthy }) => [app, { peakInstances: load.instances, fewestHealthy: healthy }]),
  );
  const steps = plan.steps.map(({ actions }) => actions.flatMap((action) => rehearse(action, rehearsals)));
  for (const { action, did } of steps.flat()) widen(apps, action.app, did);

  const start = states.reduce((sum, { load }) => plus(sum, load), NOTHING);
  const course = loads(start, steps);
  const healthy = states.reduce((sum, state) => sum + state.healthy, 0);
  const doesNotFit = capacity ? misfits(plus(room(capacity), start), course, steps) : [];
  const { instances, cpus, mem, disk } = course.reduce((peak, each) => most(peak, each.peak), start);
  return {
    steps: steps.map((actions) => ({ actions: actions.map(describe) })),
    peakInstances: instances,
    fewestHealthy: fewest(healthy, steps),
    apps,
    resources: { cpus: exact(cpus), mem: exact(mem), disk: exact(disk) },
    fits: doesNotFit.length === 0,
    doesNotFit,
    warnings: [...plan.warnings, ...outages(steps.flat())],
    notCarriedOver: [],
  };
}

function rehearse(action: Action, rehearsals: Map<PathId, Rehearsal>): Carried[] {
  const rehearsal = rehearsals.get(action.app);
  return rehearsal ? [{ action, did: rehearsal.carryOut(action) }] : [];
}

function widen(apps: PlanPreview['apps'], id: PathId, { peak, fewestHealthy }: Rehearsed): void {
  const app = apps[id];
  if (!app) return;
  app.peakInstances = Math.max(app.peakInstances, peak.instances);
  app.fewestHealthy = Math.min(app.fewestHealthy, fewestHealthy);
}

/** The load of all affected apps before each step, and the most of it within the step. */
function loads(start: Load, steps: Carried[][]): { before: Load; peak: Load }[] {
  let now = start;
  return steps.map((actions) => {
    const before = now;
    let peak = now;
    for (const { did } of actions) {
      peak = plus(peak, minus(did.peak, did.before.load));
      now = plus(now, minus(did.end.load, did.before.load));
    }
    return { before, peak };
  });
}

function fewest(start: number, steps: Carried[][]): number {
  let now = start;
  let least = start;
  for (const actions of steps) {
    const lost = actions.reduce((sum, { did }) => sum + did.before.healthy - did.fewestHealthy, 0);
    least = Math.min(least, now - lost);
    now += actions.reduce((sum, { did }) => sum + did.end.healthy - did.before.healthy, 0);
  }
  return least;
}

/** Free capacity as a load; a count of instances is not limited by itself. */
function room({ total, taken }: Room): Load {
  return minus({ instances: Number.POSITIVE_INFINITY, ...total }, { instances: 0, ...taken });
}

/** @param available what the affected apps may take in all, what they take now included */
function misfits(available: Load, course: { before: Load }[], steps: Carried[][]): Misfit[] {
  return steps.flatMap((actions, index) => {
    let free = minus(available, course[index]?.before ?? NOTHING);
    return actions.flatMap(({ action, did }) => {
      const wanted = minus(did.peak, did.before.load);
      const missing = lacking(action.app, wanted, free);
      free = minus(free, wanted);
      return missing;
    });
  });
}

function lacking(app: PathId, wanted: Load, free: Load): Misfit[] {
  return (['cpus', 'mem', 'disk', 'ports'] as const)
    .map((resource) => ({ app, resource, wanted: exact(wanted[resource]), free: exact(free[resource]) }))
    .filter(({ wanted, free }) => wanted > 0 && wanted > free)
    .map((misfit) => ({ ...misfit, free: Math.max(0, misfit.free) }));
}

function describe({ action, did }: Carried): PlanPreview['steps'][number]['actions'][number] {
  return {
    action: action.action,
    app: action.app,
    instances: action.rollout?.instances ?? 0,
    batches: did.batches,
    restarts: action.action === 'RestartApplication' || action.action === 'KillAllOldTasksOf',
    reason: action.reason ?? '',
  };
}

/** Apps of which nothing runs for a while, by their strategy. */
function outages(carried: Carried[]): string[] {
  return carried
    .filter(({ action }) => action.action === 'KillAllOldTasksOf')
    .map(
      ({ action }) =>
        `App ${action.app} has no instance for a while: its strategy ends all old ones before new ones start.`,
    );
}
