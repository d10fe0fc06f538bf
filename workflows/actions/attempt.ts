import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { BATCH_FAILED, type BatchFailure } from '../../activities/types.js';
import type { Action } from '../../src/model/deployment.js';
import type { Context } from '../context.js';
import { type Decision, holdOnFailure } from '../gates/failure.js';

/** How an attempt is made: not waiting for readiness (`force`), or observing only (while it is held). */
export type Manner = 'strict' | 'forced' | 'patient';

export interface Task {
  /** For people: "batch 1/2 of /product/db". */
  what: string;
  action: Action;
  run(manner: Manner): Promise<void>;
  /** False where `force` is for somebody else while it runs. */
  interruptible?: boolean;
}

/**
 * Makes the attempt until it succeeds. Where it fails for good it holds: `retry` replaces what failed and tries again,
 * `force` goes on. A `force` that comes while it runs ends the wait and asks again without readiness.
 */
export async function attempt(context: Context, task: Task): Promise<void> {
  let manner: Manner = 'strict';
  for (;;) {
    try {
      if ((await interruptible(context, task, manner)) === 'done') return;
      manner = 'forced';
    } catch (error) {
      const cause = finalCause(error);
      if (!cause) throw error;
      const next = await held(context, task, cause);
      if (next === 'done') return;
      manner = next;
    }
  }
}

/** Where it has failed: how to go on after the decision. What is no batch cannot be taken as good: `force` leaves it out. */
async function held(context: Context, task: Task, cause: ApplicationFailure): Promise<Manner | 'done'> {
  const isBatch = cause.type === BATCH_FAILED;
  const observe = isBatch ? { observe: () => task.run('patient') } : {};
  const { what, action } = task;
  const decision: Decision = await holdOnFailure(context, {
    what,
    action,
    message: cause.message,
    ...observe,
  });
  if (decision === 'recovered') return 'done';
  if (decision === 'force') return isBatch ? 'forced' : 'done';
  if (isBatch) await replaceFailed(context, action, cause);
  return 'strict';
}

async function replaceFailed(
  { quick, state, input: { environment } }: Context,
  { app }: Action,
  cause: ApplicationFailure,
): Promise<void> {
  const [details] = (cause.details ?? []) as [BatchFailure?];
  state.failures = 0;
  const summary = `${app}: replace failed`.slice(-200);
  const instances = details?.failed ?? [];
  await quick.replaceFailed.executeWithOptions({ summary }, [{ environment, app, instances }]);
}

/** `forced` where `force` ended the wait. A forced attempt is not interrupted again: bounds hold, whoever asks. */
async function interruptible(context: Context, task: Task, manner: Manner): Promise<'done' | 'forced'> {
  const { interrupts } = context.state;
  const scope = new CancellationScope();
  let forced = false;
  const interrupt = () => {
    forced = true;
    scope.cancel();
  };
  if (manner === 'strict' && task.interruptible !== false) interrupts.add(interrupt);
  try {
    await scope.run(() => task.run(manner));
    return 'done';
  } catch (error) {
    if (forced && isCancellation(error)) return 'forced';
    throw error;
  } finally {
    interrupts.delete(interrupt);
  }
}

/** Why it failed for good: what an activity gave up with, or the story itself. */
function finalCause(error: unknown): ApplicationFailure | undefined {
  if (isCancellation(error)) return undefined;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : undefined;
}
