import { invalid } from '../../errors.js';
import type { Strategy } from '../../model/app.js';
import type { AppUpdate } from '../../model/change.js';
import { type AppInput, appsOf } from '../reading/app-input.js';
import { Fields } from '../reading/fields.js';
import { idOf } from '../reading/names.js';
import { type NotCarriedOver, Notes } from '../reading/notes.js';
import { type JsonObject, shown } from '../reading/values.js';
import { constraints } from './constraints.js';
import { METADATA, OBJECT, SPEC } from './reasons.js';
import { taskgroup } from './taskgroup.js';

const KINDS = ['deployment', 'application'];
/** Namespaces that stand for none; the first is what BCS's own examples write. */
const NO_NAMESPACE = ['defaultGroup', 'default'];

/** Whether a document is of BCS: version v4, or one of its kinds, which are in lower case, without any version. */
export function isBcs(document: JsonObject): boolean {
  if (document.apiVersion === undefined) return KINDS.includes(String(document.kind));
  return document.apiVersion === 'v4';
}

/**
 * The apps of BCS deployments and applications (bcs-mesos, version v4). Names of fields count in any case, as BCS reads
 * them. Throws TerminalError 422 where a value is wrong, or where there is nothing to release.
 */
export function parseBcs(documents: JsonObject[]): { apps: AppUpdate[]; notCarriedOver: NotCarriedOver[] } {
  const notes = new Notes();
  const apps = documents.flatMap((document, index) => {
    const path = documents.length > 1 ? `(${index})` : '';
    return appOf(new Fields(document, path, notes, true)) ?? [];
  });
  notes.throwAny();
  if (apps.length === 0) throw invalid(notes.left.map(({ path, why }) => ({ path, errors: [why] })));
  return { apps: appsOf(apps), notCarriedOver: notes.left };
}

function appOf(object: Fields): AppInput | undefined {
  const kind = object.any('kind');
  object.any('apiVersion');
  if (!KINDS.includes(String(kind))) {
    object.notes.leave(
      `${object.path}/kind`,
      `${shown(kind ?? null)} is not released; ${KINDS.join(' and ')} are`,
    );
    return undefined;
  }
  const metadata = object.object('metadata');
  const id = idOf(metadata, NO_NAMESPACE);
  const spec = object.object('spec');
  const template = spec?.object('template');
  if (id === undefined) object.refuse('metadata/name', 'must be the name of the object, a text');
  if (!spec || !template) {
    object.refuse(spec ? 'spec/template' : 'spec', 'is missing');
    return undefined;
  }
  const app = definition({
    object,
    spec,
    template,
    id: id ?? '/',
    labels: metadata?.strings('labels') ?? {},
  });
  metadata?.rest(METADATA);
  spec.rest(SPEC);
  template.rest();
  object.rest(OBJECT);
  return app;
}

interface Parts {
  object: Fields;
  spec: Fields;
  template: Fields;
  id: string;
  labels: Record<string, string>;
}

function definition({ object, spec, template, id, labels }: Parts): AppInput {
  const strategy = strategyOf(spec);
  return {
    id,
    instances: spec.number('instance', { max: 100_000 }) ?? 1,
    labels: withPodLabels(template, labels, object.object('metadata')),
    constraints: constraints(object.object('constraint')),
    ...(strategy && { release: { strategy } }),
    ...graceOf(object),
    ...taskgroup(template),
  };
}

function withPodLabels(
  template: Fields,
  own: Record<string, string>,
  ofObject: Fields | undefined,
): Record<string, string> {
  const metadata = template.object('metadata');
  const ofPods = metadata?.strings('labels') ?? {};
  for (const name of ['name', 'namespace']) {
    if (metadata?.any(name) !== ofObject?.any(name)) metadata?.leave(name, 'the object says it');
  }
  metadata?.rest(METADATA);
  for (const [name, value] of Object.entries(ofPods)) {
    if (!(name in own) || own[name] === value) continue;
    metadata?.notes.leave(
      `${metadata.path}/labels/${name}`,
      `the app's own label is ${shown(own[name])}, and is kept`,
    );
  }
  return { ...ofPods, ...own };
}

function graceOf(object: Fields): { taskKillGracePeriodSeconds?: number } {
  const policy = object.object('killPolicy');
  const seconds = policy?.number('gracePeriod');
  policy?.rest();
  return seconds === undefined ? {} : { taskKillGracePeriodSeconds: seconds };
}

/** BCS's rolling update: bounds are counts, 1 where they are not stated or 0; a cycle begins each `upgradeDuration`. */
function strategyOf(spec: Fields): Strategy | undefined {
  const stated = spec.object('strategy');
  if (!stated) return undefined;
  const type = stated.word('type', ['RollingUpdate', 'Recreate', 'ForceUpdate']) ?? 'RollingUpdate';
  const rolling = stated.object('rollingupdate');
  stated.rest();
  if (type !== 'RollingUpdate') {
    for (const name of Object.keys(rolling?.value ?? {}))
      rolling?.leave(name, `means nothing beside ${type}`);
    return { type: 'recreate' };
  }
  const interval = rolling?.number('upgradeDuration');
  const order = rolling?.word('rollingOrder', ['CreateFirst', 'DeleteFirst']);
  const manual = rolling?.flag('rollingManually');
  const strategy: Strategy = {
    type: 'rolling',
    maxSurge: rolling?.number('maxSurge', { max: 100_000 }) || 1,
    maxUnavailable: maxUnavailable(rolling) || 1,
    ...(order && { order }),
    ...(interval !== undefined && { intervalSeconds: interval }),
    ...(manual !== undefined && { manual }),
  };
  rolling?.rest();
  return strategy;
}

/** BCS itself reads the field by a name with a letter missing (bcs-common/common/types/deployment.go). */
function maxUnavailable(rolling: Fields | undefined): number | undefined {
  const stated = rolling?.number('maxUnavailable', { max: 100_000 });
  const misspelt = rolling?.number('maxUnavilable', { max: 100_000 });
  if (misspelt === undefined) return stated;
  const taken =
    stated === undefined ? 'it is taken as that, as BCS does' : 'that is stated, too, and is what counts';
  rolling?.leave('maxUnavilable', `is not a known field: did you mean 'maxUnavailable'? ${taken}`);
  return stated ?? misspelt;
}
