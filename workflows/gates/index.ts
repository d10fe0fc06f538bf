import { patched } from '@temporalio/workflow';
import type { Context } from '../context.js';
import { passApproval } from './approval.js';
import { passCalendar } from './calendar.js';
import { passPause, type Stop } from './pause.js';
import { passStartTime } from './start-time.js';

/** Before anything is touched. */
export async function passBeginning(context: Context): Promise<void> {
  const { approval } = context.state.options;
  if (approval) await passApproval(context, approval);
  await passStartTime(context);
}

/**
 * Before a step, and before each batch but the first: a pause, what the strategy says between batches, and the calendar.
 * `next` is what would go on: "batch 2/3 of /product/db".
 */
export async function pass(context: Context, next: string, apps: string[], stop: Stop = {}): Promise<void> {
  const { state } = context;
  await passPause(context, next, stop);
  if (apps.length === 0) return;
  for (;;) {
    const { paused } = state;
    await passCalendar(context, next, apps);
    // Who pauses it at a freeze does not want it to go on when that ends.
    if (paused || !state.paused || !patched('pause-after-calendar')) return;
    await passPause(context, next);
  }
}
