import type { Action } from '../../src/model/deployment.js';
import { type Context, type Ended, type Place, refOf, runningOf } from '../context.js';
import { attempt } from './attempt.js';

/** Ends all instances and forgets the app. */
export async function stopApplication(context: Context, action: Action, place: Place): Promise<Ended> {
  const ref = refOf(context, action, place);
  const summary = `${action.app}: stop`.slice(-200);
  await attempt(context, {
    what: `stopping ${action.app}`,
    action,
    run: () => context.long.stopApplication.executeWithOptions({ summary }, [ref]),
  });
  runningOf(context, place).done = true;
  return 'done';
}
