import type { ActionRef } from '../activities/types.js';
import type { Action } from '../src/model/deployment.js';
import type { controlActivities, longActivities, quickActivities, waveActivities } from './proxies.js';
import type { Scribe } from './scribe.js';
import type { Running, State } from './state.js';
import type { DeploymentInput } from './types.js';

/** What every action's story needs. */
export interface Context {
  input: DeploymentInput;
  state: State;
  scribe: Scribe;
  control: ReturnType<typeof controlActivities>;
  quick: ReturnType<typeof quickActivities>;
  long: ReturnType<typeof longActivities>;
  waves: ReturnType<typeof waveActivities>;
  /** True when the history has grown so long that a new run should go on from the next batch or step. */
  shouldContinue(): boolean;
}

/** How an action or step ended; `yield`: batches are left, and a new run should carry them out. */
export type Ended = 'done' | 'yield';

/** Where an action stands in the plan. */
export interface Place {
  /** Index within the step. */
  index: number;
  /** Batches done by an earlier run. */
  batchesDone: number;
}

export function refOf(context: Context, action: Action, place: Place): ActionRef {
  const { id: deployment, environment } = context.input;
  return { deployment, environment, step: context.state.step, index: place.index, action };
}

/** Where the progress of the action is shown; made when its step began. */
export function runningOf(context: Context, place: Place): Running {
  const running = context.state.running[place.index];
  if (!running) throw new Error(`no action ${place.index} in step ${context.state.step}`);
  return running;
}
