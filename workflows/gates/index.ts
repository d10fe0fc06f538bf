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
  await passPause(context, next, stop);
  if (apps.length > 0) await passCalendar(context, next, apps);
}
