import type { PathId } from '../../model/app.js';
import type { AppUpdate, GroupUpdate } from '../../model/change.js';
import { absolute, idErrors, parent, ROOT } from '../../model/paths.js';
import { parseWith } from '../parse.js';
import { absolutes, normaliseApp } from './normalise.js';
import { reportRepeated } from './parse-app.js';
import { Problems } from './problems.js';
import { type AppJson, type GroupJson, groupSchema } from './schema.js';

/** What all parts of one document share. */
interface Reading {
  problems: Problems;
  /** Ids of all apps and groups that the document defines. */
  known: ReadonlySet<PathId>;
}

/**
 * A group as a client wrote it; ids absolute. The body's id is relative to `base`, without one it is `base` itself.
 * Throws TerminalError 422: every problem by path.
 */
export function parseGroup(json: unknown, base: PathId): GroupUpdate {
  const group = parseWith(groupSchema, json);
  return groupUpdateAt(group, absolute(group.id ?? base, base));
}

/** The same where the URL says which group it is. */
export function groupUpdateAt(group: GroupJson, id: PathId): GroupUpdate {
  const reading = { problems: new Problems(), known: new Set(definedIds(group, id)) };
  const update = groupUpdate(group, id, '', reading);
  reading.problems.throwAny();
  return update;
}

function definedIds(group: GroupJson, id: PathId): PathId[] {
  const apps = (group.apps ?? []).map((app) => absolute(app.id ?? '', id));
  const groups = (group.groups ?? []).flatMap((each) => definedIds(each, absolute(each.id ?? '', id)));
  return [id, ...apps, ...groups];
}

function groupUpdate(group: GroupJson, id: PathId, path: string, reading: Reading): GroupUpdate {
  const report = reading.problems.at(path);
  if (id !== ROOT) for (const error of idErrors(id)) report('/id', error);
  const apps = group.apps?.map((app, index) => appIn(id, app, `${path}/apps(${index})`, reading));
  const groups = group.groups?.map((each, index) => groupIn(id, each, `${path}/groups(${index})`, reading));
  reportRepeated([...(apps ?? [])], (index) => reading.problems.at(`${path}/apps(${index})`));
  reportRepeated([...(groups ?? [])], (index) => reading.problems.at(`${path}/groups(${index})`));
  return {
    id,
    ...(apps && { apps }),
    ...(groups && { groups }),
    ...(group.dependencies && { dependencies: absolutes(group.dependencies, id, report) }),
  };
}

function appIn(group: PathId, app: AppJson, path: string, reading: Reading): AppUpdate {
  const id = childId(group, app.id, path, reading);
  const { dependencies, ...rest } = app;
  const report = reading.problems.at(path);
  const update = normaliseApp(rest, id, report);
  if (!dependencies) return update;
  return { ...update, dependencies: dependenciesIn(group, id, dependencies, path, reading) };
}

function groupIn(group: PathId, sub: GroupJson, path: string, reading: Reading): GroupUpdate {
  return groupUpdate(sub, childId(group, sub.id, path, reading), path, reading);
}

function childId(group: PathId, id: string | undefined, path: string, { problems }: Reading): PathId {
  const full = absolute(id ?? '', group);
  if (id === undefined) problems.at(path)('/id', 'error.path.missing');
  else if (full !== ROOT && parent(full) !== group)
    problems.at(path)('/id', `Identifier is not child of '${group}'`);
  return full;
}

/**
 * Marathon takes an app's relative dependency from the app's group when it comes in a group, and from the app itself when
 * it comes alone. Here the group's reading holds, unless only the app's own names something that the document defines.
 */
function dependenciesIn(
  group: PathId,
  app: PathId,
  dependencies: string[],
  path: string,
  reading: Reading,
): PathId[] {
  const fromGroup = (dependency: string) => absolute(dependency, group);
  const bases = dependencies.map((dependency) => {
    const fromApp = absolute(dependency, app);
    return !reading.known.has(fromGroup(dependency)) && reading.known.has(fromApp) ? fromApp : dependency;
  });
  return absolutes(bases, group, reading.problems.at(path));
}
