import type { CommandBody, DeploymentOptions } from '../src/model/deployment.js';
import { NEVER_BESIDE } from '../src/model/validate-stateful.js';
import type { Refusal } from './refusal.js';
import type { State } from './state.js';

/** What of a deployment can be changed while it runs. */
const EDITABLE: ReadonlySet<string> = new Set<keyof DeploymentOptions>([
  'strategy',
  'pauseMode',
  'minReadySeconds',
  'progressDeadlineSeconds',
  'failureBudget',
  'holdSeconds',
  'onFailure',
  'startAt',
  'window',
]);

export function refuseEdit(state: State, { options = {} }: CommandBody): Refusal | undefined {
  const fields = Object.keys(options);
  if (fields.length === 0) return invalid(`one of ${[...EDITABLE].join(', ')} is right`);
  const fixed = fields.find((field) => !EDITABLE.has(field));
  if (fixed) return invalid(`${fixed} cannot be changed; ${[...EDITABLE].join(', ')} can`);
  if (options.startAt !== undefined && state.step > 0) return invalid('startAt: it has started already');
  const { strategy } = options;
  const allAtOnce =
    strategy?.type === 'recreate' || (strategy?.type === 'marathon' && strategy.minimumHealthCapacity === 0);
  if (allAtOnce)
    return invalid('strategy: ending all instances at once is another plan; start a new release for it');
  if (state.ordered && strategy?.type === 'blueGreen') return invalid(`strategy: ${NEVER_BESIDE}`);
  return undefined;
}

function invalid(message: string): Refusal {
  return { code: 'invalid', message };
}

export function applyEdit(state: State, { options = {} }: CommandBody): string {
  state.options = { ...state.options, ...options };
  state.edits += 1;
  const changes = Object.entries(options).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  return `from the next batch on: ${changes.join(', ')}`;
}
