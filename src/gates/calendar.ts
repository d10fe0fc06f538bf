import type { PathId } from '../model/app.js';
import { nextOpening, openingAt } from './recurrence.js';
import type { Calendar, Freeze, ReleaseWindow } from './types.js';

export interface CalendarView {
  apps: readonly PathId[];
  /** The window that the deployment names; it goes before those of its apps. */
  window?: string | undefined;
  /** `freeze x` and `window y`, as in `by`. */
  except: readonly string[];
}

export type Verdict = { open: true } | { open: false; by: string[]; until?: string; description: string };

/** A calendar that says no for this long is told without an end. */
const HORIZON_MS = 400 * 24 * 3_600_000;
const LOOKS = 500;

/** Whether all of the apps may be released at `at` (milliseconds), and if not when they may. */
export function verdictAt(calendar: Calendar, view: CalendarView, at: number): Verdict {
  const obstacle = obstacleAt(calendar, view, at);
  if (!obstacle) return { open: true };
  const until = openingAfter(calendar, view, at);
  const { by, description } = obstacle;
  return { open: false, by, description, ...(until ? { until: new Date(until).toISOString() } : {}) };
}

interface Obstacle {
  by: string[];
  description: string;
  /** When it is out of the way; others may be there then. */
  until?: number;
}

function openingAfter(calendar: Calendar, view: CalendarView, at: number): number | undefined {
  let moment = at;
  for (let look = 0; look < LOOKS && moment < at + HORIZON_MS; look++) {
    const obstacle = obstacleAt(calendar, view, moment);
    if (!obstacle) return moment;
    if (obstacle.until === undefined) return undefined;
    moment = obstacle.until;
  }
  return undefined;
}

function obstacleAt(calendar: Calendar, view: CalendarView, at: number): Obstacle | undefined {
  return frozen(calendar.freezes, view, at) ?? missing(calendar, view) ?? closed(calendar.windows, view, at);
}

function frozen(freezes: Freeze[], { apps, except }: CalendarView, at: number): Obstacle | undefined {
  const on = freezes.filter(
    (freeze) =>
      !except.includes(`freeze ${freeze.name}`) &&
      Date.parse(freeze.from) <= at &&
      at < Date.parse(freeze.until) &&
      (!freeze.apps || apps.some((app) => covers(freeze.apps, app))),
  );
  const [first] = on;
  if (!first) return undefined;
  return {
    by: on.map(({ name }) => `freeze ${name}`),
    description: `the freeze ${first.name} is on until ${first.until}: ${first.reason}`,
    until: Math.max(...on.map(({ until }) => Date.parse(until))),
  };
}

/** A window that was removed must not let a release go that was bound to it. */
function missing({ windows }: Calendar, { window, except }: CalendarView): Obstacle | undefined {
  if (window === undefined || except.includes(`window ${window}`)) return undefined;
  if (windows.some(({ name }) => name === window)) return undefined;
  return { by: [`window ${window}`], description: `the window ${window} does not exist any more` };
}

/** Each app needs one of its windows open; where the deployment names one, that alone counts. */
function closed(windows: ReleaseWindow[], view: CalendarView, at: number): Obstacle | undefined {
  for (const app of view.window === undefined ? view.apps : ['/']) {
    const own = windows.filter(({ name, apps }) =>
      view.window === undefined ? apps !== undefined && covers(apps, app) : name === view.window,
    );
    if (own.length === 0 || own.some(({ name }) => view.except.includes(`window ${name}`))) continue;
    if (!own.some((window) => openingAt(window, at))) return shut(own, app, at);
  }
  return undefined;
}

function shut(own: ReleaseWindow[], app: PathId, at: number): Obstacle {
  const next = own.flatMap((window) => nextOpening(window, at)?.from ?? []);
  const names = own.map(({ name }) => name).join(', ');
  const what = app === '/' ? '' : ` for ${app}`;
  return {
    by: own.map(({ name }) => `window ${name}`),
    description: `the release window ${names} is not open${what}`,
    ...(next.length > 0 ? { until: Math.min(...next) } : {}),
  };
}

/** A group means all below. */
function covers(ids: readonly PathId[] | undefined, app: PathId): boolean {
  return (ids ?? []).some((id) => id === '/' || id === app || app.startsWith(`${id}/`));
}
