import type { Action } from '../../src/model/deployment.js';
import { planBatches } from '../../src/planning/batches.js';
import type { Context, Ended, Place } from '../context.js';
import { runBatches } from './batches.js';
import { rolloutOf } from './rollout.js';

/** Replaces the instances of other versions batch by batch, within the bounds of the strategy. */
export async function restartApplication(context: Context, action: Action, place: Place): Promise<Ended> {
  const { goals } = planBatches(rolloutOf(action));
  return runBatches(context, action, place, goals, (ref, summary) =>
    context.long.restartApplication.executeWithOptions({ summary }, [ref]),
  );
}
