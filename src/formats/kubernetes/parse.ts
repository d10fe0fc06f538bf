import { invalid } from '../../errors.js';
import type { AppUpdate } from '../../model/change.js';
import { unknownField } from '../parse.js';
import { type AppInput, appsOf } from '../reading/app-input.js';
import { Fields } from '../reading/fields.js';
import { type NotCarriedOver, Notes } from '../reading/notes.js';
import { isObject, type JsonObject, shown } from '../reading/values.js';
import { OBJECT } from './reasons.js';
import { WORKLOADS, type WorkloadKind, workload } from './workload.js';

/**
 * The apps of Kubernetes objects: Deployments and StatefulSets of apps/v1, also in a List. What an app cannot say is
 * listed. Throws TerminalError 422 where a value is wrong, or where there is nothing to release.
 */
export function parseKubernetes(documents: JsonObject[]): {
  apps: AppUpdate[];
  notCarriedOver: NotCarriedOver[];
} {
  const notes = new Notes();
  const objects = documents.flatMap((document, index) =>
    unlisted(document, documents.length > 1 ? `(${index})` : '', notes),
  );
  const apps = objects.flatMap((object) => appOf(object) ?? []);
  notes.throwAny();
  if (apps.length === 0) throw nothingIn(notes);
  return { apps: appsOf(apps), notCarriedOver: notes.left };
}

/** The objects of a List (`kubectl get -o yaml`), or the object itself. */
function unlisted(document: JsonObject, path: string, notes: Notes): Fields[] {
  const fields = new Fields(document, path, notes);
  if (document.kind !== 'List' || !Array.isArray(document.items)) return [fields];
  return document.items
    .filter(isObject)
    .map((item, index) => new Fields(item, `${path}/items(${index})`, notes));
}

function appOf(object: Fields): AppInput | undefined {
  const kind = kindOf(object);
  if (kind === undefined) return undefined;
  const app = workload(object, kind);
  object.rest(OBJECT);
  return app;
}

/** The kind of an object that is released; any other object is listed. */
function kindOf(object: Fields): WorkloadKind | undefined {
  const kind = object.any('kind');
  const version = object.any('apiVersion');
  const found = Object.keys(WORKLOADS).find((each): each is WorkloadKind => each === kind);
  if (found === undefined) object.notes.leave(`${object.path}/kind`, unknownKind(kind));
  else if (version !== 'apps/v1') {
    const why = `a ${found} of apps/v1 is taken, not one of ${version === undefined ? 'no apiVersion' : shown(version)}`;
    object.notes.leave(`${object.path}/apiVersion`, why);
  } else return found;
  return undefined;
}

function unknownKind(kind: unknown): string {
  const kinds = Object.keys(WORKLOADS);
  const near = typeof kind === 'string' ? unknownField(kind, kinds).split(': ')[1] : undefined;
  const what = kind === undefined ? 'an object without a kind' : shown(kind);
  return `${what} is not released; ${kinds.join(' and ')} are${near === undefined ? '' : `: ${near}`}`;
}

function nothingIn({ left }: Notes) {
  const details = left.map(({ path, why }) => ({ path, errors: [why] }));
  return invalid(details.length > 0 ? details : [{ path: '/', errors: ['has no object in it'] }]);
}
