import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type { Context } from '../context.js';

/** How an attempt is made: `forced` asks not to wait for readiness. */
export type Attempt = (forced: boolean) => Promise<void>;

/**
 * Makes the attempt until it succeeds. Where it fails for good it holds for a decision: `retry` tries again,
 * `force` goes on. A `force` that comes while it runs ends the wait and asks again without readiness.
 */
export async function attempt(context: Context, what: string, run: Attempt): Promise<void> {
  let forced = false;
  for (;;) {
    try {
      if ((await interruptible(context, forced, run)) === 'done') return;
      forced = true;
    } catch (error) {
      if (!isFinal(error)) throw error;
      if ((await context.gates.failure(what, error.cause.message)) === 'force') return;
    }
  }
}

/** `forced` where `force` ended the wait. A forced attempt is not interrupted again: bounds hold, whoever asks. */
async function interruptible(context: Context, forced: boolean, run: Attempt): Promise<'done' | 'forced'> {
  if (forced) return run(true).then(() => 'done' as const);
  const before = context.state.forces;
  const scope = new CancellationScope();
  const work = scope.run(() => run(false).then(() => 'done' as const));
  const force = new CancellationScope();
  const asked = force.run(() => condition(() => context.state.forces > before).then(() => 'forced' as const));
  asked.catch(() => undefined);
  try {
    const first = await Promise.race([work, asked]);
    if (first === 'done') return first;
    scope.cancel();
    return await work.catch((error) => {
      if (isCancellation(error)) return 'forced' as const;
      throw error;
    });
  } finally {
    force.cancel();
    // Nothing may act beside a cancelled activity that still runs.
    await work.catch(() => undefined);
  }
}

function isFinal(error: unknown): error is ActivityFailure & { cause: ApplicationFailure } {
  return (
    error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && !isCancellation(error)
  );
}
