import type { Action, Rollout } from '../../src/model/deployment.js';

/** The planner gives every scale, restart and kill its rollout; one without is a plan that this code did not make. */
export function withRollout(action: Action): Action & { rollout: Rollout } {
  const { rollout } = action;
  if (!rollout) throw new Error(`${action.action} of ${action.app} has no rollout`);
  return { ...action, rollout };
}
