import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';

/** What a StatefulSet says beyond a Deployment: a stateful app does as OrderedReady; everything else is listed. */
export function stateful(spec: Fields): Pick<AppInput, 'stateful'> {
  const policy = spec.word('podManagementPolicy', ['OrderedReady', 'Parallel']) ?? 'OrderedReady';
  if (policy === 'Parallel') spec.leave('podManagementPolicy', 'instances start one by one, in order');
  noteRetention(spec);
  const ordinals = spec.object('ordinals');
  ordinals?.leave('start', 'ordinals begin at 0');
  ordinals?.rest();
  return { stateful: true };
}

/** Volumes stay with their ordinals when an app is scaled down, and go with the app. */
function noteRetention(spec: Fields): void {
  const policy = spec.object('persistentVolumeClaimRetentionPolicy');
  if (policy?.word('whenDeleted', ['Retain', 'Delete']) === 'Retain')
    policy.leave('whenDeleted', 'volumes go with their app');
  if (policy?.word('whenScaled', ['Retain', 'Delete']) === 'Delete')
    policy.leave('whenScaled', 'volumes stay when an app is scaled down');
  policy?.rest();
}
