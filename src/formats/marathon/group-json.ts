import type { App, PathId } from '../../model/app.js';
import { isBelow, parent, ROOT } from '../../model/paths.js';
import type { GroupNode, Root } from '../../model/root.js';
import { appJson } from './app-json.js';

export interface GroupView {
  /** Show the apps of each group. */
  apps: boolean;
  /** Show the subgroups. */
  groups: boolean;
  /** How an app is shown; its definition by default. */
  app?: (app: App) => object;
}

export interface GroupJson {
  id: PathId;
  apps?: object[];
  pods: [];
  groups?: GroupJson[];
  dependencies: PathId[];
  version: string;
}

/** A group and all in it as `/v2` shows it; undefined where there is none. Linear in the root. */
export function groupJson(
  root: Root,
  id: PathId,
  view: GroupView = { apps: true, groups: true },
): GroupJson | undefined {
  const group = root.groups.get(id);
  if (!group) return undefined;
  const inside = (each: { id: PathId }) => each.id !== ROOT && isBelow(each.id, id);
  const apps = view.apps ? byParent([...root.apps.values()].filter(inside)) : new Map<PathId, App[]>();
  const groups = view.groups
    ? byParent([...root.groups.values()].filter(inside))
    : new Map<PathId, GroupNode[]>();
  const show = (node: GroupNode): GroupJson => ({
    id: node.id,
    ...(view.apps && { apps: (apps.get(node.id) ?? []).map(view.app ?? appJson) }),
    pods: [],
    ...(view.groups && { groups: (groups.get(node.id) ?? []).map(show) }),
    dependencies: node.dependencies,
    version: node.version,
  });
  return show(group);
}

function byParent<Node extends { id: PathId }>(nodes: Node[]): Map<PathId, Node[]> {
  const found = new Map<PathId, Node[]>();
  for (const node of nodes) {
    const list = found.get(parent(node.id));
    if (list) list.push(node);
    else found.set(parent(node.id), [node]);
  }
  return found;
}
