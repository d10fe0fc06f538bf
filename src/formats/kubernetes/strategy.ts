import type { Strategy } from '../../model/app.js';
import type { Fields } from '../reading/fields.js';
import { shown } from '../reading/values.js';

/** Kubernetes' default of both bounds. */
const QUARTER = '25%';
const PERCENT = /^(100|\d{1,2})%$/;

/** `strategy` of a Deployment. */
export function deploymentStrategy(spec: Fields): Strategy {
  const strategy = spec.object('strategy');
  const type = strategy?.word('type', ['RollingUpdate', 'Recreate']) ?? 'RollingUpdate';
  if (type === 'Recreate') {
    strategy?.leave('rollingUpdate', 'means nothing beside Recreate');
    strategy?.rest();
    return { type: 'recreate' };
  }
  const rolling = strategy?.object('rollingUpdate');
  const maxSurge = share(rolling, 'maxSurge') ?? QUARTER;
  const maxUnavailable = share(rolling, 'maxUnavailable') ?? QUARTER;
  rolling?.rest();
  strategy?.rest();
  return { type: 'rolling', maxSurge, maxUnavailable };
}

/**
 * `updateStrategy` of a StatefulSet: one pod after the other. OnDelete waits for a person at each; a partition is a stop
 * that somebody opens.
 */
export function statefulSetStrategy(spec: Fields): Strategy {
  const strategy = spec.object('updateStrategy');
  const type = strategy?.word('type', ['RollingUpdate', 'OnDelete']) ?? 'RollingUpdate';
  const rolling = strategy?.object('rollingUpdate');
  const first = type === 'OnDelete' ? undefined : beyondPartition(rolling, spec);
  if ((share(rolling, 'maxUnavailable') ?? 1) !== 1)
    rolling?.leave('maxUnavailable', 'instances are replaced one by one');
  rolling?.rest({ partition: 'means nothing beside OnDelete' });
  if (type === 'OnDelete')
    strategy?.leave('type', 'here the next one waits for "advance", not for a deletion');
  strategy?.rest();
  if (first === undefined) return type === 'OnDelete' ? { ...ONE_BY_ONE, manual: true } : ONE_BY_ONE;
  return { type: 'canary', steps: [{ instances: first, manual: true }] };
}

const ONE_BY_ONE = { type: 'rolling', maxSurge: 0, maxUnavailable: 1 } as const;

/** How many instances a partition lets be updated; undefined where it does not stop an update. */
function beyondPartition(rolling: Fields | undefined, spec: Fields): number | undefined {
  const partition = rolling?.number('partition', { max: 100_000 }) ?? 0;
  const replicas = spec.number('replicas', { max: 100_000 }) ?? 1;
  if (partition > 0 && partition < replicas) return replicas - partition;
  if (partition > 0) rolling?.leave('partition', 'an update that updates nothing is no release');
  return undefined;
}

/** A count, or a percentage as a text. */
function share(rolling: Fields | undefined, name: string): number | string | undefined {
  const value = rolling?.any(name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 100_000)
    return value;
  if (typeof value === 'string' && PERCENT.test(value)) return value;
  rolling?.refuse(name, `must be a whole number or a percentage like "25%", got ${shown(value)}`);
  return undefined;
}
