import { log } from '@temporalio/workflow';
import { currentBatch, type State } from './state.js';
import type { DeploymentInput } from './types.js';

/**
 * A line in the worker's log about where the deployment is; none while a history is replayed. The SDK adds the
 * workflow's id. No descriptions: they may hold the last words of a program, and those anything.
 */
export function tell(message: string, input: DeploymentInput, state: State, fields: object = {}): void {
  const batch = currentBatch(state);
  log.info(message, {
    environment: input.environment,
    ...(state.step > 0 ? { step: state.step } : {}),
    ...(batch > 0 ? { batch } : {}),
    ...onlyApp(input, state),
    ...fields,
  });
}

/** Where it is about one. Of several under way the lines about their batches say which did what. */
function onlyApp({ steps }: DeploymentInput, { running }: State): { app?: string } {
  const left = running.filter(({ done }) => !done).map(({ action }) => action);
  const actions = running.length > 0 ? left : steps.flatMap((step) => step.actions);
  const apps = new Set(actions.flatMap(({ app, wave }) => (wave ? [] : [app])));
  const [app] = apps;
  return app !== undefined && apps.size === 1 ? { app } : {};
}
