import type { BatchRef, BatchResult } from '../../activities/types.js';
import type { Action } from '../../src/model/deployment.js';
import { batchesOf } from '../../src/planning/batches.js';
import type { BatchGoal } from '../../src/planning/types.js';
import { type Context, type Ended, type Place, refOf, runningOf } from '../context.js';
import { pass } from '../gates/index.js';
import { optionsFor, type State } from '../state.js';
import { attempt, type Manner } from './attempt.js';
import { withRollout } from './rollout.js';
import { stopAfter } from './stops.js';

type CarryOut = (ref: BatchRef, summary: string) => Promise<BatchResult>;

/** Budget of a forced attempt: it goes on whatever fails, and holds only where it gets nowhere. */
const ANY = 1_000_000;

/** Runs the batches one after another, with gates before each but the first. */
export async function runBatches(
  context: Context,
  planned: Action,
  place: Place,
  carryOut: CarryOut,
): Promise<Ended> {
  const { state } = context;
  const running = runningOf(context, place);
  let begun = Date.now();
  let done: BatchGoal[] = goalsOf(planned, state, []).slice(0, place.batchesDone);
  for (;;) {
    const at = done.length;
    if (at > place.batchesDone && context.shouldContinue()) return 'yield';
    if (at > 0) {
      const { strategy } = edited(planned, state).rollout;
      const stop = state.options.fast ? {} : stopAfter(strategy, at, begun);
      await pass(context, `batch ${at + 1}/${running.batches} of ${planned.app}`, [planned.app], stop);
    }
    // Only now: options may have been edited at the gate.
    const goals = goalsOf(planned, state, done);
    const goal = goals[at];
    running.batches = goals.length;
    if (!goal) break;
    begun = Date.now();
    await runBatch(context, { action: edited(planned, state), place, at, goals, goal }, carryOut);
    done = goals.slice(0, at + 1);
    if (done.length === goals.length && goalsOf(planned, state, done).length === done.length) break;
    batchEnded(state, planned);
  }
  running.done = true;
  return 'done';
}

interface Batch {
  action: Action;
  place: Place;
  /** Index of the batch. */
  at: number;
  goals: BatchGoal[];
  goal: BatchGoal;
}

async function runBatch(context: Context, { action, place, at, goals, goal }: Batch, carryOut: CarryOut) {
  const { state, scribe } = context;
  const what = `batch ${at + 1}/${goals.length} of ${action.app}`;
  runningOf(context, place).batch = at + 1;
  state.description = `${action.action} ${what}`;
  scribe.tellProgress();
  const run = async (manner: Manner) => {
    const options = optionsFor(state, action);
    const ref: BatchRef = {
      ...refOf(context, action, place),
      batch: at + 1,
      batches: goals.length,
      goal,
      options: releaseOf(options),
      budget: manner === 'forced' ? ANY : Math.max(0, options.failureBudget - state.failures),
      ...(manner === 'forced' ? { acceptUnready: true } : {}),
      ...(manner === 'patient' ? { patient: true } : {}),
    };
    const { failed } = await carryOut(ref, summaryOf(ref));
    state.failures += failed;
  };
  await attempt(context, { what, action, run });
}

/** What an activity needs of the options, and no more: it is kept in the history with each batch. */
function releaseOf({ minReadySeconds, progressDeadlineSeconds }: ReturnType<typeof optionsFor>) {
  return { ...(minReadySeconds === undefined ? {} : { minReadySeconds }), progressDeadlineSeconds };
}

/** The action with the strategy as it is now. */
function edited(planned: Action, { options, edits }: State) {
  const action = withRollout(planned);
  if (edits === 0 || !options.strategy || action.action !== 'RestartApplication') return action;
  return { ...action, rollout: { ...action.rollout, strategy: options.strategy } };
}

/** Batches that have run stay; the rest is what the strategy, as it is now, has beyond them. */
function goalsOf(planned: Action, state: State, done: BatchGoal[]): BatchGoal[] {
  const { goals } = batchesOf(edited(planned, state));
  const wanted = state.options.fast ? goals.slice(-1) : goals;
  if (state.edits === 0) return wanted;
  const last = done.at(-1);
  if (!last) return wanted;
  const beyond = (goal: BatchGoal) => goal.new > last.new || (goal.new === last.new && goal.old < last.old);
  return [...done, ...wanted.filter(beyond)];
}

/** A batch ended and others follow: the pause mode may hold here. */
function batchEnded(state: State, action: Action): void {
  const first = !state.firstBatchDone;
  state.firstBatchDone = true;
  const mode = optionsFor(state, action).pauseMode;
  if (mode === 'each' || (mode === 'first' && first)) state.paused = true;
}

/** At most 200 bytes are shown by the UI. */
function summaryOf({ action, batch, batches, goal }: BatchRef): string {
  return `${action.app} batch ${batch}/${batches}: ${goal.new} new, ${goal.old} old`.slice(-200);
}
