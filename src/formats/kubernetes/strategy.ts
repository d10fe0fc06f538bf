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

/** `updateStrategy` of a StatefulSet: one pod after the other; OnDelete waits for a person at each. */
export function statefulSetStrategy(spec: Fields): Strategy {
  const strategy = spec.object('updateStrategy');
  const type = strategy?.word('type', ['RollingUpdate', 'OnDelete']) ?? 'RollingUpdate';
  const rolling = strategy?.object('rollingUpdate');
  const partition = rolling?.number('partition', { max: 100_000 }) ?? 0;
  if (partition > 0)
    rolling?.leave('partition', 'all instances are updated, not only those from a number on');
  const maxUnavailable = share(rolling, 'maxUnavailable') ?? 1;
  rolling?.rest();
  if (type === 'OnDelete')
    strategy?.leave('type', 'here the next one waits for "advance", not for a deletion');
  strategy?.rest();
  return { type: 'rolling', maxSurge: 0, maxUnavailable, ...(type === 'OnDelete' && { manual: true }) };
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
