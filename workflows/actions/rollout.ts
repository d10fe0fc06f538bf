import type { Action, Rollout } from '../../src/model/deployment.js';

/** The rollout of an action that must have one; the planner gives it to every scale, restart and kill. */
export function rolloutOf(action: Action): Rollout {
  if (!action.rollout) throw new Error(`${action.action} of ${action.app} has no rollout`);
  return action.rollout;
}
