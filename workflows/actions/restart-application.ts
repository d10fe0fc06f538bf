import type { Action } from '../../src/model/deployment.js';
import type { Context, Ended, Place } from '../context.js';
import { runBatches } from './batches.js';

/** Replaces the instances of other versions batch by batch, within the bounds of the strategy. */
export async function restartApplication(context: Context, action: Action, place: Place): Promise<Ended> {
  return runBatches(context, action, place, (ref, summary) =>
    context.long.restartApplication.executeWithOptions({ summary }, [ref]),
  );
}
