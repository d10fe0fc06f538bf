import type { App, PathId, Timestamp } from '../model/app.js';
import { applyChange } from '../model/apply-change.js';
import type { Change, ChangeContext, WaveChange } from '../model/change.js';
import { changeSet } from '../model/change-set.js';
import type { ChangeSet, DeploymentOptions, Plan } from '../model/deployment.js';
import type { Root } from '../model/root.js';
import { plan } from '../planning/plan.js';
import type { Db } from '../store/db.js';
import { changesOf } from '../store/deployments.js';
import { definitionOf, definitionsOf, missingVersion, presentAs, rootAt } from '../store/versions.js';
import { planningRoot } from './unsettled.js';

/** What a change would make of a root, and how to get there. Nothing is stored. */
export interface Proposal {
  original: Root;
  target: Root;
  plan: Plan;
  changes: ChangeSet;
  /** Of a release over several environments; it changes nothing itself. */
  waves?: WaveChange[];
}

export interface Wish {
  environment: string;
  /** More is expected of the environment. */
  production: boolean;
  change: Change;
  options: DeploymentOptions;
}

/** Applies the change to the root and plans; throws what is wrong with it. */
export async function propose(db: Db, wish: Wish, original: Root, now: Timestamp): Promise<Proposal> {
  const context = await contextOf(db, wish.environment, wish.change, now);
  const target = applyChange(original, wish.change, context);
  const from = await planningRoot(db, wish.environment, original, target);
  const kills = wish.change.kind === 'scaleKill' ? wish.change.kills : {};
  const { options, production } = wish;
  return {
    original,
    target,
    plan: withDefaults(plan(from, target, { options, kills, production }), target),
    changes: changeSet(original, target),
  };
}

/** Each action carries what its app declares of its release, so that the workflow need not ask. */
function withDefaults(planned: Plan, target: Root): Plan {
  const steps = planned.steps.map((step) => ({
    actions: step.actions.map((action) => {
      const {
        strategy: _,
        revisionHistoryLimit: __,
        ...release
      } = target.apps.get(action.app)?.release ?? {};
      return Object.keys(release).length === 0 ? action : { ...action, release };
    }),
  }));
  return { ...planned, steps };
}

async function contextOf(
  db: Db,
  environment: string,
  change: Change,
  now: Timestamp,
): Promise<ChangeContext> {
  switch (change.kind) {
    case 'rollbackApp': {
      const found = await definitionOf(db, environment, change.id, change.version);
      if (!found) throw await missingVersion(db, environment, change.id, change.version);
      return { now, stored: new Map([[change.id, found]]) };
    }
    case 'rollbackGroup': {
      const snapshot = await rootAt(db, environment, change.id, change.version);
      return snapshot ? { now, snapshot } : { now };
    }
    case 'revert':
      return revertContext(db, environment, change.deployment, now);
    default:
      return { now };
  }
}

/** What a deployment changed, and what was there before. */
export async function revertContext(
  db: Db,
  environment: string,
  deployment: string,
  now: Timestamp,
): Promise<ChangeContext> {
  const changes = await changesOf(db, environment, deployment);
  const before = Object.entries(changes.apps);
  const wanted = before.flatMap(([app, { from }]) => (from === null ? [] : [{ app, version: from }]));
  const found = await definitionsOf(db, environment, wanted);
  const stored = before.flatMap(([app, { from }]): [PathId, App | null][] => {
    const definition = found.get(app);
    return from === null ? [[app, null]] : definition ? [[app, definition]] : [];
  });
  const affected = Object.keys(changes.apps);
  return {
    now,
    changes,
    stored: new Map(stored),
    presentAs: await presentAs(db, environment, affected),
  };
}
