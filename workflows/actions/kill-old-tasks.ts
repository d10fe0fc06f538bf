import type { Action } from '../../src/model/deployment.js';
import type { Context, Ended, Place } from '../context.js';
import { runBatches } from './batches.js';

/** Ends all instances of other versions at once; the new ones come in a step of their own. */
export async function killOldTasks(context: Context, action: Action, place: Place): Promise<Ended> {
  return runBatches(context, action, place, (ref, summary) =>
    context.long.killOldTasks.executeWithOptions({ summary }, [ref]),
  );
}
