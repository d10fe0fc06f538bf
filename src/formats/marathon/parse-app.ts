import { TerminalError } from '../../errors.js';
import type { PathId } from '../../model/app.js';
import type { AppUpdate } from '../../model/change.js';
import { absolute, ROOT } from '../../model/paths.js';
import { parseWith } from '../parse.js';
import { normaliseApp } from './normalise.js';
import { Problems } from './problems.js';
import { type AppJson, appListSchema, appSchema } from './schema.js';

/** Where an app's id comes from. */
export interface AppPlace {
  /** Group that a relative id is relative to; the root by default. */
  base?: PathId;
  /** Id from the URL; the id of the body is ignored then, as Marathon does. */
  id?: PathId;
}

/**
 * An app as a client wrote it, in Marathon's old or new form; no defaults filled in.
 * Throws TerminalError 422: every problem by path, unknown fields by name.
 */
export function parseApp(json: unknown, place: AppPlace = {}): AppUpdate {
  const problems = new Problems();
  const app = appUpdate(parseWith(appSchema, json), place, '', problems);
  problems.throwAny();
  return app;
}

/** A list of apps, each with its id (PUT and PATCH /v2/apps). */
export function parseApps(json: unknown): AppUpdate[] {
  const problems = new Problems();
  const apps = parseWith(appListSchema, json).map((app, index) => appUpdate(app, {}, `(${index})`, problems));
  reportRepeated(apps, (index) => problems.at(`(${index})`));
  problems.throwAny();
  return apps;
}

function appUpdate(json: AppJson, place: AppPlace, path: string, problems: Problems): AppUpdate {
  const id = place.id ?? json.id;
  if (id === undefined) throw missingId(path);
  return normaliseApp(json, absolute(id, place.base ?? ROOT), problems.at(path));
}

function missingId(path: string): TerminalError {
  const details = [{ path: `${path}/id`, errors: ['error.path.missing'] }];
  return new TerminalError('invalid', 'Invalid JSON', { details });
}

/** No app may be in a list twice. */
export function reportRepeated(
  apps: { id: PathId }[],
  at: (index: number) => (path: string, error: string) => void,
): void {
  const seen = new Set<PathId>();
  for (const [index, { id }] of apps.entries()) {
    if (seen.has(id)) at(index)('/id', `${id} is in the list more than once`);
    seen.add(id);
  }
}
