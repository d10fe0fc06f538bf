import type { Action } from '../../src/model/deployment.js';
import { type Context, type Ended, type Place, refOf, runningOf } from '../context.js';
import { attempt } from './attempt.js';

/** Fetches and verifies what the app needs, before anything is touched. */
export async function resolveArtifacts(context: Context, action: Action, place: Place): Promise<Ended> {
  const ref = refOf(context, action, place);
  const summary = `${action.app}: artifacts`.slice(-200);
  await attempt(context, {
    what: `resolving artifacts of ${action.app}`,
    action,
    run: () => context.long.resolveArtifacts.executeWithOptions({ summary }, [ref]),
  });
  runningOf(context, place).done = true;
  return 'done';
}
