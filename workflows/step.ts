import type { Action, Step } from '../src/model/deployment.js';
import { runAction } from './actions/index.js';
import { startApplications } from './actions/start-applications.js';
import type { Context, Ended } from './context.js';
import { settle } from './settle.js';

/** Temporal refuses more than 2,000 pending activities in a workflow; far fewer are comfortable. */
const ACTIONS_AT_ONCE = 500;

/** Carries out all actions of a step at once; `yield` where a new run has to go on with them. */
export async function runStep(context: Context, step: Step, batchesDone: number[]): Promise<Ended> {
  await startApplications(context, step.actions);
  const queue = [...step.actions.entries()].filter(([, action]) => action.action !== 'StartApplication');
  const ends: Ended[] = [];
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift())
      ends.push(await runOne(context, next, batchesDone));
  };
  await settle(Array.from({ length: Math.min(ACTIONS_AT_ONCE, queue.length) }, lane));
  return ends.includes('yield') ? 'yield' : 'done';
}

/** -1 marks an action that an earlier run finished. */
async function runOne(
  context: Context,
  [index, action]: [number, Action],
  batchesDone: number[],
): Promise<Ended> {
  const before = batchesDone[index] ?? 0;
  const running = context.state.running[index];
  if (before === -1) {
    if (running) running.done = true;
    return 'done';
  }
  return runAction(context, action, { index, batchesDone: before });
}
