import type { Deployment, DeploymentOptions } from '../model/deployment.js';

/**
 * How a rollback goes: all at once within the bounds of the app's strategy, or in the batches of the deployment that it
 * reverts. It holds where it fails, whatever the apps declare: a rollback of a rollback would never end.
 */
export function rollbackOptions(of: Pick<Deployment, 'options'>, batched = false): DeploymentOptions {
  const common = { lock: 'supersede', onFailure: 'hold' } as const;
  if (!batched) return { ...common, fast: true };
  const { strategy, pauseMode } = of.options;
  return { ...common, ...(strategy ? { strategy } : {}), ...(pauseMode ? { pauseMode } : {}) };
}
