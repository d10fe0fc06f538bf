import { invalidAt } from '../errors.js';
import type { Change } from '../model/change.js';
import { ROOT } from '../model/paths.js';
import { isBcs, parseBcs } from './bcs/parse.js';
import { parseKubernetes } from './kubernetes/parse.js';
import { parseApp, parseApps } from './marathon/parse-app.js';
import { parseGroup } from './marathon/parse-group.js';
import type { NotCarriedOver } from './reading/notes.js';
import { readDocuments } from './reading/text.js';
import { isObject, type JsonObject, shown } from './reading/values.js';

/** Forms that files come in, and that apps are written in. */
export const FORMS = ['marathon', 'kubernetes', 'bcs'] as const;
export type Form = (typeof FORMS)[number];

export interface Manifest {
  form: Form;
  /** Apps to be made or replaced, or a group. */
  change: Change;
  /** What the file says and the model does not: never dropped in silence. */
  notCarriedOver: NotCarriedOver[];
}

/**
 * What a file wants: Marathon apps or a group, Kubernetes Deployments and StatefulSets, BCS deployments; JSON or YAML, also
 * several documents. Throws TerminalError 422 with every problem by path; `path` is where the text itself stands.
 */
export function parseManifest(text: string, { path = '/' }: { path?: string } = {}): Manifest {
  const documents = readDocuments(text, path);
  const forms = new Set(documents.map((document) => formOf(document, path)));
  const [form] = forms;
  if (form === undefined) throw invalidAt(path, 'is empty: an app or a group is right here');
  if (forms.size > 1)
    throw invalidAt(path, `has documents of several forms (${[...forms].join(', ')}): one is right`);
  switch (form) {
    case 'marathon':
      return { form, change: marathonChange(documents, path), notCarriedOver: [] };
    case 'kubernetes': {
      const { apps, notCarriedOver } = parseKubernetes(documents.filter(isObject));
      return { form, change: wholeApps(apps), notCarriedOver };
    }
    case 'bcs': {
      const { apps, notCarriedOver } = parseBcs(documents.filter(isObject));
      return { form, change: wholeApps(apps), notCarriedOver };
    }
  }
}

function formOf(document: unknown, path: string): Form {
  if (Array.isArray(document)) return 'marathon';
  if (!isObject(document)) {
    throw invalidAt(
      path,
      `is ${shown(document)}: a Marathon app or group, a Kubernetes or BCS object is right here`,
    );
  }
  if (isBcs(document)) return 'bcs';
  return 'apiVersion' in document || 'kind' in document ? 'kubernetes' : 'marathon';
}

/** One group, or any number of apps. */
function marathonChange(documents: unknown[], path: string): Change {
  const [only] = documents;
  if (documents.length > 1) {
    if (documents.some((each) => Array.isArray(each) || isGroup(each))) {
      throw invalidAt(path, 'has several documents: each must be an app; a group or a list stands alone');
    }
    return wholeApps(parseApps(documents));
  }
  if (Array.isArray(only)) return wholeApps(parseApps(only));
  if (isGroup(only)) return { kind: 'updateGroup', group: parseGroup(only, ROOT) };
  return wholeApps([parseApp(only)]);
}

function isGroup(document: unknown): document is JsonObject {
  return isObject(document) && ('apps' in document || 'groups' in document);
}

/** A definition replaces the one that was there, and what it does not say takes its default. */
function wholeApps(apps: ReturnType<typeof parseApps>): Change {
  return { kind: 'updateApps', apps, partial: false, create: true };
}

export type { NotCarriedOver } from './reading/notes.js';
