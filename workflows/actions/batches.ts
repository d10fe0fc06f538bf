import type { BatchRef } from '../../activities/types.js';
import type { Action } from '../../src/model/deployment.js';
import { batchesOf } from '../../src/planning/batches.js';
import { type Context, type Ended, type Place, refOf, runningOf } from '../context.js';
import { attempt } from './attempt.js';
import { withRollout } from './rollout.js';

/** Runs the batches one after another, with a gate before each but the first. */
export async function runBatches(
  context: Context,
  action: Action,
  place: Place,
  carryOut: (ref: BatchRef, summary: string) => Promise<void>,
): Promise<Ended> {
  const running = runningOf(context, place);
  const { goals } = batchesOf(withRollout(action));
  running.batches = goals.length;
  for (const [index, goal] of goals.entries()) {
    if (index < place.batchesDone) continue;
    const what = `batch ${index + 1}/${goals.length} of ${action.app}`;
    if (index > place.batchesDone && context.shouldContinue()) return 'yield';
    if (index > 0) await context.gates.pass(what);
    running.batch = index + 1;
    context.state.description = `${action.action} ${what}`;
    const ref: BatchRef = { ...refOf(context, action, place), batch: index + 1, batches: goals.length, goal };
    await attempt(context, what, (forced) =>
      carryOut(forced ? { ...ref, acceptUnready: true } : ref, summaryOf(ref)),
    );
    if (index + 1 < goals.length) context.gates.batchEnded();
  }
  running.done = true;
  return 'done';
}

/** At most 200 bytes are shown by the UI. */
function summaryOf({ action, batch, batches, goal }: BatchRef): string {
  return `${action.app} batch ${batch}/${batches}: ${goal.new} new, ${goal.old} old`.slice(-200);
}
