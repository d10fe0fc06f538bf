import { notFound } from '../errors.js';
import type { App, PathId, Timestamp } from './app.js';
import type { ChangeContext } from './change.js';
import type { ChangeSet } from './deployment.js';
import type { Draft } from './draft.js';
import { isBelow, ROOT } from './paths.js';
import type { Root } from './root.js';

/**
 * Brings back what a deployment changed, on the present root (Marathon 1.11 DeploymentPlanReverter): only apps and groups
 * that are still as it left them. A group that it made goes only where it is empty.
 */
export function revert(draft: Draft, context: ChangeContext): void {
  const changes = context.changes ?? { apps: {}, groups: {} };
  for (const [id, { from, to }] of Object.entries(changes.apps)) {
    if ((draft.apps.get(id)?.version ?? null) === to) bringBack(draft, id, before(id, from, context));
  }
  revertGroups(draft, changes.groups);
}

/** Throws where the definition is not kept any more: the app must not be taken for one that was not there. */
function before(id: PathId, from: Timestamp | null, { stored }: ChangeContext): App | null {
  if (from === null) return null;
  const found = stored?.get(id);
  if (found) return found;
  throw notFound(`Version ${from} of ${id} is not kept any more, so it cannot be brought back`);
}

function bringBack(draft: Draft, id: PathId, before: App | null): void {
  if (before) draft.put(withoutVersions(before), { origin: before, undo: true });
  else draft.removeApp(id);
}

function revertGroups(draft: Draft, groups: ChangeSet['groups']): void {
  const deepestFirst = Object.entries(groups).sort(([a], [b]) => b.length - a.length);
  for (const [id, { from, to }] of deepestFirst) {
    const present = draft.groups.get(id)?.dependencies ?? null;
    if (JSON.stringify(present) !== JSON.stringify(to)) continue;
    if (from) draft.putGroup(id, from);
    else if (isEmpty(draft, id)) draft.removeGroup(id);
    else draft.putGroup(id, []);
  }
}

function isEmpty(draft: Draft, group: PathId): boolean {
  const { apps, groups } = draft.inGroup(group);
  return apps.length === 0 && groups.length === 0;
}

/** Makes the group and all below it what they are in the snapshot; the rest of the root is left alone. */
export function restoreGroup(draft: Draft, id: PathId, snapshot: Root): void {
  const inside = (each: PathId) => each === id || isBelow(each, id);
  for (const app of [...draft.apps.keys()]) if (inside(app) && !snapshot.apps.has(app)) draft.removeApp(app);
  for (const group of [...draft.groups.keys()]) {
    if (group !== ROOT && inside(group) && !snapshot.groups.has(group)) draft.removeGroup(group);
  }
  for (const group of snapshot.groups.values())
    if (inside(group.id)) draft.putGroup(group.id, group.dependencies);
  for (const app of snapshot.apps.values()) {
    if (inside(app.id)) draft.put(withoutVersions(app), { origin: app });
  }
}

/** The definition in it. */
export function withoutVersions(app: App): Omit<App, 'version' | 'versionInfo'> {
  const { version: _version, versionInfo: _info, ...definition } = app;
  return definition;
}
