import type { Action } from '../../src/model/deployment.js';
import type { Context, Ended, Place } from '../context.js';
import { runBatches } from './batches.js';

/** Brings the app to its count of instances of the wanted version. */
export async function scaleApplication(context: Context, action: Action, place: Place): Promise<Ended> {
  return runBatches(context, action, place, (ref, summary) =>
    context.long.scaleApplication.executeWithOptions({ summary }, [ref]),
  );
}
