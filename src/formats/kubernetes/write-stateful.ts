import type { App, Strategy } from '../../model/app.js';
import type { Notes } from '../reading/notes.js';
import { defined } from '../reading/values.js';
import { mebibytes } from './quantities.js';
import { EACH_ITS_OWN } from './volumes.js';

type Of<T extends Strategy['type']> = Extract<Strategy, { type: T }>;

/** A volume of a stateful app as a claim of each pod. */
export interface ClaimedVolume {
  name: string;
  containerPath: string;
  readOnly: boolean;
  /** MiB. */
  size: number;
}

/** Volumes that stay with their ordinals. One that is relative to the sandbox is put below the root of the pod. */
export function claimedVolumes(app: App, notes: Notes): ClaimedVolume[] {
  return (app.container?.volumes ?? []).flatMap(({ containerPath, mode, persistent }, index) => {
    if (!persistent) return [];
    const mounted = containerPath.startsWith('/') ? containerPath : `/${containerPath}`;
    if (mounted !== containerPath)
      notes.leave(
        `/container/volumes(${index})/containerPath`,
        `is written as ${mounted}: pods have no sandbox`,
      );
    return [
      { name: `claim-${index}`, containerPath: mounted, readOnly: mode === 'RO', size: persistent.size },
    ];
  });
}

export function claimTemplate({ name, size }: ClaimedVolume) {
  return {
    metadata: { name },
    spec: { accessModes: [EACH_ITS_OWN], resources: { requests: { storage: mebibytes(size) } } },
  };
}

/** How a StatefulSet is updated: always one pod after the other, from the highest ordinal down. */
export function statefulRelease(app: App, notes: Notes) {
  const { minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit } = app.release ?? {};
  if (progressDeadlineSeconds !== undefined)
    notes.leave('/release/progressDeadlineSeconds', 'a StatefulSet has no deadline');
  return {
    ...defined({ minReadySeconds, revisionHistoryLimit }),
    updateStrategy: updateStrategy(app, notes),
  };
}

const ONE_BY_ONE = { type: 'RollingUpdate' };

function updateStrategy(app: App, notes: Notes) {
  const strategy = app.release?.strategy;
  switch (strategy?.type) {
    case undefined:
      return fromCapacity(app.upgradeStrategy, '/upgradeStrategy', notes);
    case 'marathon':
      return fromCapacity(strategy, '/release/strategy', notes);
    case 'rolling':
      return fromRolling(strategy, notes);
    case 'canary':
      return partition(strategy, app.instances) ?? unsaid(strategy, notes);
    case 'recreate':
    case 'batches':
    case 'blueGreen':
      return unsaid(strategy, notes);
  }
}

function fromCapacity({ minimumHealthCapacity }: App['upgradeStrategy'], path: string, notes: Notes) {
  if (minimumHealthCapacity === 0) notes.leave(path, 'pods do not all end before new ones start');
  return ONE_BY_ONE;
}

function fromRolling(strategy: Of<'rolling'>, notes: Notes) {
  for (const field of ['order', 'intervalSeconds'] as const)
    if (strategy[field]) notes.leave(`/release/strategy/${field}`, 'RollingUpdate has no such setting');
  if (!strategy.manual) return ONE_BY_ONE;
  notes.leave(
    '/release/strategy/manual',
    'is written as OnDelete: a person deletes each pod, also the first',
  );
  return { type: 'OnDelete' };
}

/** A stop that somebody opens is a partition, until it is lowered; undefined where there is more to say. */
function partition({ steps }: Of<'canary'>, n: number) {
  const [step, ...others] = steps;
  if (!step?.manual || step.instances === undefined || step.instances >= n || others.length > 0)
    return undefined;
  return { ...ONE_BY_ONE, rollingUpdate: { partition: n - step.instances } };
}

function unsaid({ type }: Strategy, notes: Notes) {
  notes.leave('/release/strategy', `${type} cannot be said: pods are replaced one by one, without a stop`);
  return ONE_BY_ONE;
}
