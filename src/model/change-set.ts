import type { PathId } from './app.js';
import type { ChangeSet } from './deployment.js';
import type { Root } from './root.js';

/** What differs between two roots: by identity of the shared parts for apps, by dependencies for groups. */
export function changeSet(original: Root, target: Root): ChangeSet {
  const apps: ChangeSet['apps'] = {};
  for (const id of union(original.apps, target.apps)) {
    const [before, after] = [original.apps.get(id), target.apps.get(id)];
    if (before !== after && before?.version !== after?.version) {
      apps[id] = { from: before?.version ?? null, to: after?.version ?? null };
    }
  }
  const groups: ChangeSet['groups'] = {};
  for (const id of union(original.groups, target.groups)) {
    const [before, after] = [original.groups.get(id), target.groups.get(id)];
    const [from, to] = [before?.dependencies ?? null, after?.dependencies ?? null];
    if (from !== to && JSON.stringify(from) !== JSON.stringify(to)) groups[id] = { from, to };
  }
  return { apps, groups };
}

function union(a: ReadonlyMap<PathId, unknown>, b: ReadonlyMap<PathId, unknown>): Set<PathId> {
  return new Set([...a.keys(), ...b.keys()]);
}
