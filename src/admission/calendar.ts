import type { CalendarAnswer, CalendarQuestion } from '../../activities/types.js';
import { invalidAt } from '../errors.js';
import { verdictAt } from '../gates/calendar.js';
import type { DeploymentOptions } from '../model/deployment.js';
import { listWindows, loadCalendar } from '../store/calendar.js';
import type { Db } from '../store/db.js';

/** Whether apps may be released then, by the freezes and windows as they are now. */
export async function askCalendar(db: Db, question: CalendarQuestion): Promise<CalendarAnswer> {
  const { environment, at, apps, window, except } = question;
  return verdictAt(await loadCalendar(db, environment), { apps, window, except }, Date.parse(at));
}

/** Throws 422 where the options name a window that does not exist. */
export async function requireWindow(
  db: Db,
  environment: string,
  { window }: DeploymentOptions,
): Promise<void> {
  if (window === undefined) return;
  const names = (await listWindows(db, environment)).map(({ name }) => name);
  if (names.includes(window)) return;
  const there = names.length === 0 ? 'there is none yet' : `${names.join(', ')} exist`;
  throw invalidAt('/window', `there is no window "${window}"; ${there}`);
}
