import type { PathId } from './app.js';
import type { GroupUpdate } from './change.js';
import type { Draft } from './draft.js';

/**
 * A stated list of apps or groups replaces those directly in the group, what is missing from it goes; a list that is not
 * stated leaves them alone (Marathon 1.11, PUT groups). `path` leads to the group in the caller's document.
 */
export function putGroupUpdate(draft: Draft, group: GroupUpdate, path = ''): void {
  draft.putGroup(group.id, group.dependencies, path);
  if (group.apps) removeOthers(draft, group.id, group.apps, 'apps');
  if (group.groups) removeOthers(draft, group.id, group.groups, 'groups');
  for (const [index, app] of (group.apps ?? []).entries()) {
    draft.putUpdate(app, false, `${path}/apps(${index})`);
  }
  for (const [index, subgroup] of (group.groups ?? []).entries()) {
    putGroupUpdate(draft, subgroup, `${path}/groups(${index})`);
  }
}

function removeOthers(draft: Draft, group: PathId, stated: { id: PathId }[], kind: 'apps' | 'groups'): void {
  const kept = new Set(stated.map((each) => each.id));
  for (const id of draft.inGroup(group)[kind].filter((each) => !kept.has(each))) {
    if (kind === 'apps') draft.removeApp(id);
    else draft.removeGroup(id);
  }
}
