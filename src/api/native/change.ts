import { invalidAt, notFound, type TerminalError } from '../../errors.js';
import { type NotCarriedOver, parseManifest } from '../../formats/manifest.js';
import { parseApp, parseApps } from '../../formats/marathon/parse-app.js';
import { parseGroup } from '../../formats/marathon/parse-group.js';
import { parseTimestamp } from '../../formats/marathon/timestamps.js';
import type { PathId, Timestamp } from '../../model/app.js';
import type { Change } from '../../model/change.js';
import { absolute, ROOT } from '../../model/paths.js';
import type { Root } from '../../model/root.js';
import { loadRoot } from '../../store/roots.js';
import { historyOfApp } from '../../store/versions.js';
import type { Context } from '../deps.js';
import type { ChangeRequest } from './schemas.js';
import { appOfTemplate } from './templates.js';

const FIELDS = 'app, group, apps, scale, restart, delete, rollback, manifest, template';

/** A change as a request wants it. */
export interface Wanted {
  change: Change;
  /** Of a manifest: what it says and the model does not. */
  notCarriedOver?: NotCarriedOver[];
}

/** The change that a request wants: exactly one of its fields says it. */
export async function readChange(context: Context, change: ChangeRequest): Promise<Wanted> {
  requireOne(change);
  if (change.manifest !== undefined) return parseManifest(change.manifest, { path: '/change/manifest' });
  return { change: await ownChange(context, change) };
}

async function ownChange(context: Context, change: ChangeRequest): Promise<Change> {
  if (change.app !== undefined) return wholeApps([parseApp(change.app)]);
  if (change.apps !== undefined) return wholeApps(parseApps(change.apps));
  if (change.group !== undefined) return { kind: 'updateGroup', group: parseGroup(change.group, ROOT) };
  if (change.template !== undefined) return wholeApps([await appOfTemplate(context, change.template)]);
  return namedChange(context, change);
}

function requireOne(change: ChangeRequest): void {
  const given = Object.keys(change);
  if (given.length === 1) return;
  const found = given.length === 0 ? 'none is there' : `there are ${given.join(' and ')}`;
  throw invalidAt('/change', `exactly one of ${FIELDS} is right; ${found}`);
}

/** A definition replaces the one that was there, and what it does not say takes its default. */
function wholeApps(apps: ReturnType<typeof parseApps>): Change {
  return { kind: 'updateApps', apps, partial: false, create: true };
}

/** Changes that name what is there; an id may be that of an app or of a group. */
async function namedChange(context: Context, change: ChangeRequest): Promise<Change> {
  const root = await loadRoot(context.store, context.config.environment);
  if (change.scale !== undefined) return scale(root, change.scale);
  if (change.restart !== undefined) return { kind: 'restartApp', id: absolute(change.restart.id, ROOT) };
  if (change.delete !== undefined) return remove(root, absolute(change.delete.id, ROOT));
  if (change.rollback !== undefined) return rollback(context, root, change.rollback);
  throw invalidAt('/change', `one of ${FIELDS} is right`);
}

function scale(root: Root, { id: given, instances, factor }: NonNullable<ChangeRequest['scale']>): Change {
  const id = absolute(given, ROOT);
  if ((instances === undefined) === (factor === undefined)) {
    throw invalidAt('/change/scale', 'either instances or factor is right');
  }
  if (instances !== undefined)
    return { kind: 'updateApps', apps: [{ id, instances }], partial: true, create: false };
  return { kind: 'scaleGroup', id: group(root, id, '/change/scale/id'), factor: factor ?? 1 };
}

function group(root: Root, id: PathId, path: string): PathId {
  if (root.groups.has(id)) return id;
  if (root.apps.has(id))
    throw invalidAt(path, `${id} is an app; a factor scales groups, instances scales an app`);
  throw unknown(id);
}

function remove(root: Root, id: PathId): Change {
  if (root.apps.has(id)) return { kind: 'deleteApp', id };
  if (root.groups.has(id)) return { kind: 'deleteGroup', id };
  throw unknown(id);
}

async function rollback(
  context: Context,
  root: Root,
  { id: given, version, revision }: NonNullable<ChangeRequest['rollback']>,
): Promise<Change> {
  const id = absolute(given, ROOT);
  if ((version === undefined) === (revision === undefined)) {
    throw invalidAt('/change/rollback', 'either version or revision is right');
  }
  if (version === undefined)
    return { kind: 'rollbackApp', id, version: await versionOf(context, id, revision ?? 0) };
  const kind = root.groups.has(id) ? 'rollbackGroup' : 'rollbackApp';
  return { kind, id, version: parseTimestamp(version) };
}

async function versionOf({ store, config }: Context, id: PathId, revision: number): Promise<Timestamp> {
  const history = await historyOfApp(store.db, config.environment, id);
  if (history.length === 0) throw notFound(`App '${id}' does not exist`);
  const found = history.find((each) => each.revision === revision);
  if (found !== undefined) return found.version;
  throw notFound(`App '${id}' has no revision ${revision}; ${keptOf(history.map((each) => each.revision))}.`);
}

/** "it has 1 to 4", or which of them are left. */
function keptOf(revisions: number[]): string {
  const [newest = 0, oldest = 0] = [revisions.at(0), revisions.at(-1)];
  if (oldest <= 1) return `it has 1 to ${newest}`;
  return `kept are ${oldest} to ${newest}, as its revisionHistoryLimit says`;
}

function unknown(id: PathId): TerminalError {
  return notFound(`There is neither an app nor a group '${id}'.`);
}
