import type { Context } from '../context.js';
import { now, waitAt } from './wait.js';

/**
 * Waits while a freeze is on or no window is open. Asked anew at each step and batch, at the next opening and whenever
 * the calendar changes. A rollback is never kept waiting: the way back is open at any time.
 */
export async function passCalendar(context: Context, next: string, apps: string[]): Promise<void> {
  const { state, input, control, scribe } = context;
  const since = now();
  const then = 'it goes on by itself';
  for (let waited = false; state.calendar && !input.rollback; waited = true) {
    const { calendarNews, edits } = state;
    const { window } = state.options;
    const { environment } = input;
    const question = { environment, at: now(), apps, ...(window ? { window } : {}), except: state.opened };
    const answer = await control.calendar(question);
    if (answer.open) {
      if (waited) scribe.system('open', `the calendar lets ${next} go`);
      return;
    }
    const { until, by, description } = answer;
    const gate = {
      kind: 'window',
      since,
      ...(until ? { until, then } : {}),
      who: 'anyone who may deploy: force with a reason',
      description: `${next} waits: ${description}`,
    } as const;
    if (!waited) scribe.system('wait', gate.description);
    await waitAt(context, { gate, by }, () => state.calendarNews > calendarNews || state.edits > edits);
  }
}
