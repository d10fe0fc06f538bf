import { invalidAt } from '../errors.js';
import type { PathId } from './app.js';
import { parent, ROOT } from './paths.js';
import type { Root } from './root.js';

/**
 * The graph has three kinds of nodes, so that a dependency between large groups stays one edge:
 * an app by its id; `<g`, on which depending means depending on every app of group g;
 * `>g`, which carries what group g depends on to every app in it.
 * Every cycle passes an app, and is one between apps as well.
 */
type Node = string;

interface Graph {
  next(node: Node): Node[];
}

function graphOf(root: Root): Graph {
  let members: Map<PathId, Node[]> | undefined;
  const target = (id: PathId): Node[] => (root.apps.has(id) ? [id] : root.groups.has(id) ? [`<${id}`] : []);
  const inherited = (id: PathId): Node[] => (id === ROOT ? [] : [`>${parent(id)}`]);
  return {
    next(node) {
      const id = node.slice(1);
      if (node.startsWith('<')) {
        members ??= membersOf(root);
        return members.get(id) ?? [];
      }
      if (node.startsWith('>')) {
        return [...(root.groups.get(id)?.dependencies ?? []).flatMap(target), ...inherited(id)];
      }
      return [...(root.apps.get(node)?.dependencies ?? []).flatMap(target), ...inherited(node)];
    },
  };
}

function membersOf(root: Root): Map<PathId, Node[]> {
  const members = new Map<PathId, Node[]>();
  const add = (group: PathId, node: Node) => {
    const list = members.get(group);
    if (list) list.push(node);
    else members.set(group, [node]);
  };
  for (const id of root.apps.keys()) add(parent(id), id);
  for (const id of root.groups.keys()) if (id !== ROOT) add(parent(id), `<${id}`);
  return members;
}

function isApp(node: Node): boolean {
  return node.startsWith('/');
}

/** Longest dependency paths, counted in apps; each node is visited once however often it is asked for. */
class Depths {
  private readonly known = new Map<Node, number>();

  constructor(private readonly graph: Graph) {}

  /** The depth of a node, or the nodes of a cycle that can be reached from it. Without recursion: chains are long. */
  of(start: Node): number | Node[] {
    const path = [this.frame(start)];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = this.known.has(top.node) ? undefined : top.next.pop();
      if (next === undefined) {
        this.finish(top, path, onPath);
      } else if (onPath.has(next)) {
        const nodes = path.map((frame) => frame.node);
        return nodes.slice(nodes.indexOf(next));
      } else {
        path.push(this.frame(next));
        onPath.add(next);
      }
    }
    return this.known.get(start) ?? 0;
  }

  private frame(node: Node) {
    return { node, next: this.known.has(node) ? [] : this.graph.next(node), deepest: 0 };
  }

  private finish(top: { node: Node; deepest: number }, path: { deepest: number }[], onPath: Set<Node>) {
    const depth = this.known.get(top.node) ?? top.deepest + (isApp(top.node) ? 1 : 0);
    this.known.set(top.node, depth);
    path.pop();
    onPath.delete(top.node);
    const below = path.at(-1);
    if (below) below.deepest = Math.max(below.deepest, depth);
  }
}

/**
 * The given apps in the order in which they may be worked on: layer by layer, by the length of the longest dependency
 * path in the whole root (Marathon 1.11 DeploymentPlan). Layers without any of the given apps are left out; ids are
 * sorted within a layer. Linear in what the given apps depend on.
 */
export function layers(root: Root, only: ReadonlySet<PathId>): PathId[][] {
  const depths = new Depths(graphOf(root));
  const byDepth = new Map<number, PathId[]>();
  for (const id of only) {
    if (!root.apps.has(id)) continue;
    const depth = depths.of(id);
    if (typeof depth !== 'number') throw cyclic(depth);
    const layer = byDepth.get(depth);
    if (layer) layer.push(id);
    else byDepth.set(depth, [id]);
  }
  return [...byDepth].sort(([a], [b]) => a - b).map(([, ids]) => ids.sort());
}

/** Throws 422 where one of the given apps or groups is part of a cycle, or leads to one. */
export function refuseCycles(root: Root, changed: Iterable<PathId>): void {
  const depths = new Depths(graphOf(root));
  for (const id of changed) {
    const found = depths.of(root.apps.has(id) ? id : `>${id}`);
    if (typeof found !== 'number') throw cyclic(found);
  }
}

function cyclic(nodes: Node[]) {
  const apps = nodes.filter(isApp);
  const round = [...apps, apps[0] ?? ''].join(' → ');
  return invalidAt('/dependencies', 'Dependency graph has cyclic dependencies.', `The cycle is ${round}.`);
}

/**
 * Direct dependencies between the given apps (all of them where none are named), groups written out as their apps.
 * As large as the answer is: between two groups of n apps it is n². For an order take `layers`.
 */
export function dependencyEdges(root: Root, only?: ReadonlySet<PathId>): Map<PathId, PathId[]> {
  const graph = graphOf(root);
  const wanted = (id: PathId) => !only || only.has(id);
  const edges = new Map<PathId, PathId[]>();
  for (const id of only ?? root.apps.keys()) {
    if (root.apps.has(id)) edges.set(id, reachedApps(graph, id).filter(wanted));
  }
  return edges;
}

/** Apps that can be reached over group nodes alone. */
function reachedApps(graph: Graph, start: Node): PathId[] {
  const seen = new Set<Node>();
  const pending = [...graph.next(start)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (!isApp(node)) pending.push(...graph.next(node));
  }
  return [...seen].filter(isApp).sort();
}

/** A dependency on something that is not there. */
export interface MissingDependency {
  /** The app or group that states it. */
  of: PathId;
  dependency: PathId;
}

/** Dependencies on what is not there: Marathon ignores them, and so do we; a plan warns. */
export function missingDependencies(root: Root): MissingDependency[] {
  const missing: MissingDependency[] = [];
  for (const node of [...root.groups.values(), ...root.apps.values()]) {
    for (const dependency of node.dependencies) {
      if (!root.apps.has(dependency) && !root.groups.has(dependency))
        missing.push({ of: node.id, dependency });
    }
  }
  return missing;
}
