import { type ErrorDetail, invalid, type TerminalError } from '../errors.js';
import type { App, PathId, Timestamp } from './app.js';
import type { AppUpdate } from './change.js';
import { complete } from './defaults.js';
import { refuseCycles } from './dependencies.js';
import { ancestors, idErrors, parent, ROOT } from './paths.js';
import type { Definition } from './restart.js';
import type { GroupNode, Root } from './root.js';
import { ServicePorts } from './service-ports.js';
import { validateApp } from './validate-app.js';
import { type Before, stamp } from './versions.js';

/** A root in the making: collects what changes, and checks only that. */
export class Draft {
  readonly apps: Map<PathId, App>;
  readonly groups: Map<PathId, GroupNode>;
  private readonly changed = new Set<PathId>();
  private readonly problems: ErrorDetail[] = [];
  private readonly ports: ServicePorts;
  private members: { apps: Map<PathId, PathId[]>; groups: Map<PathId, PathId[]> } | undefined;

  constructor(
    private readonly root: Root,
    private readonly now: Timestamp,
  ) {
    this.apps = new Map(root.apps);
    this.groups = new Map(root.groups);
    this.ports = new ServicePorts(() => this.apps.values());
  }

  /** Puts what the caller gave; `path` leads to it in the caller's document. */
  putUpdate(update: AppUpdate, partial: boolean, path: string): void {
    const present = this.apps.get(update.id);
    this.put(complete(update, partial ? present : undefined), {}, path);
  }

  put(definition: Definition, before: Omit<Before, 'present'> = {}, path = ''): void {
    const present = this.apps.get(definition.id);
    const problems = validateApp(definition, path);
    this.problems.push(...problems);
    if (problems.length > 0) return;
    const app = stamp(this.ports.assign(definition, present), this.now, { ...before, present });
    if (app === present) return;
    this.apps.set(app.id, app);
    this.changed.add(app.id);
  }

  removeApp(id: PathId): void {
    if (this.apps.delete(id)) this.changed.add(id);
  }

  /** Makes the group where it is missing; `dependencies` replace its own where they are given. */
  putGroup(id: PathId, dependencies?: PathId[], path = ''): void {
    const present = this.groups.get(id);
    const wanted = dependencies ?? present?.dependencies ?? [];
    if (present && sameIds(present.dependencies, wanted)) return;
    if (id !== ROOT) this.note(`${path}/id`, idErrors(id));
    this.groups.set(id, { id, dependencies: wanted, version: this.now });
    this.changed.add(id);
  }

  /** Removes the group and all below it; of the root only what is below. */
  removeGroup(id: PathId): void {
    const { apps, groups } = this.inGroup(id);
    for (const app of apps) this.removeApp(app);
    for (const group of groups) this.removeGroup(group);
    if (id === ROOT) this.putGroup(ROOT, []);
    else if (this.groups.delete(id)) this.changed.add(id);
  }

  /** Apps and groups directly in the group, of those that the old root had. */
  inGroup(id: PathId): { apps: PathId[]; groups: PathId[] } {
    this.members ??= { apps: byParent(this.root.apps.keys()), groups: byParent(this.root.groups.keys()) };
    const apps = this.members.apps.get(id) ?? [];
    const groups = this.members.groups.get(id) ?? [];
    return {
      apps: apps.filter((each) => this.apps.has(each)),
      groups: groups.filter((each) => this.groups.has(each)),
    };
  }

  private note(path: string, errors: string[]): void {
    if (errors.length > 0) this.problems.push({ path, errors });
  }

  /** The new root; the old one itself where nothing changed. Throws 422 with every problem found. */
  finish(): Root {
    if (this.problems.length > 0) throw invalid(this.problems);
    if (this.changed.size === 0) return this.root;
    this.addAncestors();
    this.refuseSharedIds();
    refuseCycles(
      this,
      [...this.changed].filter((id) => this.apps.has(id) || this.groups.has(id)),
    );
    return { version: this.now, apps: this.apps, groups: this.groups };
  }

  /** Marathon's putGroup: everything above a change gets the new version. A removed app brings back no group. */
  private addAncestors(): void {
    const seen = new Set<PathId>();
    for (const id of this.changed) {
      const needed = this.apps.has(id) || this.groups.has(id);
      for (const above of ancestors(id)) {
        if (seen.has(above) && this.groups.has(above)) break;
        const group = this.groups.get(above);
        if (!group && !needed) continue;
        this.groups.set(above, { id: above, dependencies: group?.dependencies ?? [], version: this.now });
        seen.add(above);
      }
    }
  }

  /** No app may have the id of a group, nor lie below another app. */
  private refuseSharedIds(): void {
    for (const id of this.changed) {
      const clash = this.apps.has(id)
        ? [id, ...ancestors(id)].find((each) => this.clashes(each))
        : this.clashes(id);
      if (clash) throw sameIdentifier();
    }
  }

  private clashes(id: PathId): boolean {
    return this.apps.has(id) && this.groups.has(id);
  }

  get version(): Timestamp {
    return this.now;
  }
}

function sameIdentifier(): TerminalError {
  const text = 'Groups and Applications may not have the same identifier.';
  return invalid([{ path: '/', errors: [text] }]);
}

function byParent(ids: Iterable<PathId>): Map<PathId, PathId[]> {
  const found = new Map<PathId, PathId[]>();
  for (const id of ids) {
    if (id === ROOT) continue;
    const list = found.get(parent(id));
    if (list) list.push(id);
    else found.set(parent(id), [id]);
  }
  return found;
}

function sameIds(a: readonly PathId[], b: readonly PathId[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
