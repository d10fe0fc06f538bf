import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import { idOf } from '../reading/names.js';
import { defined } from '../reading/values.js';
import { pod } from './pod.js';
import { METADATA, SPEC } from './reasons.js';
import { stateful } from './stateful.js';
import { deploymentStrategy, statefulSetStrategy } from './strategy.js';
import { claims, NO_CLAIMS } from './volumes.js';

/** Kinds that are taken, each with how it replaces instances. */
export const WORKLOADS = { Deployment: deploymentStrategy, StatefulSet: statefulSetStrategy } as const;
export type WorkloadKind = keyof typeof WORKLOADS;

/** An app from a Deployment or StatefulSet; undefined where something is so wrong that the notes refuse it. */
export function workload(object: Fields, kind: WorkloadKind): AppInput | undefined {
  const metadata = object.object('metadata');
  const id = idOf(metadata, ['default']);
  const spec = object.object('spec');
  const template = spec?.object('template');
  if (id === undefined) object.refuse('metadata/name', 'must be the name of the object, a text');
  if (!metadata || !spec || !template) {
    if (!spec) object.refuse('spec', 'is missing');
    else if (!template) spec.refuse('template', 'is missing');
    return undefined;
  }
  const app: AppInput = {
    id: id ?? '/',
    instances: spec.number('replicas', { max: 100_000 }) ?? 1,
    release: release(spec, kind),
    labels: labels(metadata, spec, template),
    ...pod(template.object('spec'), template, kind === 'StatefulSet' ? claims(spec) : NO_CLAIMS),
    ...(kind === 'StatefulSet' && stateful(spec)),
  };
  spec.rest(SPEC);
  template.rest();
  return app;
}

function release(spec: Fields, kind: WorkloadKind): NonNullable<AppInput['release']> {
  return defined({
    strategy: WORKLOADS[kind](spec),
    minReadySeconds: spec.number('minReadySeconds'),
    progressDeadlineSeconds: spec.number('progressDeadlineSeconds'),
    revisionHistoryLimit: spec.number('revisionHistoryLimit', { max: 1_000 }),
  });
}

/** Labels of the object and of its pods are one here; those of the pods that only the selector needs go with it. */
function labels(metadata: Fields, spec: Fields, template: Fields): Record<string, string> {
  const own = metadata.strings('labels');
  const pods = template.object('metadata');
  const ofPods = pods?.strings('labels') ?? {};
  const selector = spec.object('selector');
  const selected = selector?.strings('matchLabels') ?? {};
  spec.leave('selector', SPEC.selector ?? '');
  metadata.rest(METADATA);
  pods?.rest({
    ...METADATA,
    name: 'instances are named by the runtime',
    namespace: 'the id of the app says it',
  });
  const kept = Object.entries(ofPods).filter(([name, value]) => {
    if (name in own && own[name] !== value) {
      const why = `the app's own label has the value ${JSON.stringify(own[name])}, which is kept`;
      pods?.notes.leave(`${pods.path}/labels/${name}`, why);
    }
    return !(name in own) && !(name in selected);
  });
  return { ...own, ...Object.fromEntries(kept) };
}
