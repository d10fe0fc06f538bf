import type { Context } from '../context.js';
import { now, waitAt } from './wait.js';

/** Nothing is done before the stated time, which may be changed meanwhile. */
export async function passStartTime(context: Context): Promise<void> {
  const { state } = context;
  const since = now();
  const then = 'it begins';
  for (;;) {
    const until = state.options.startAt;
    if (until === undefined || Date.parse(until) <= Date.now()) return;
    const { edits } = state;
    const gate = {
      kind: 'startTime',
      since,
      until,
      then,
      who: 'anyone who may deploy: force, or another startAt',
      description: `begins at ${until}`,
    } as const;
    await waitAt(context, { gate }, () => state.startForced || state.edits > edits);
    if (state.startForced) return;
  }
}
