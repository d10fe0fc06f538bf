import type { Told } from './event-log.js';

/** What was there after one status event. `old` and `fresh` take resources; `ending` of the old ones were told to end. */
interface Moment {
  old: number;
  ending: number;
  fresh: number;
}

export interface Census {
  steps: Moment[];
  /** Most instances of all versions at once, from the first fresh one or the first end on. */
  most: number;
  /** Fewest that run, are healthy if they have checks, and were not told to end. */
  leastServing: number;
}

interface Known {
  old: boolean;
  state: string;
  healthy: boolean;
}

const GONE = new Set(['TASK_KILLED', 'TASK_FAILED', 'TASK_FINISHED']);

/** Counts of an app's instances as the event stream told them, from the moment when all old ones served. */
export function census(events: Told[], app: string, oldVersion: string): Census {
  const known = new Map<string, Known>();
  const result: Census = { steps: [], most: 0, leastServing: Number.POSITIVE_INFINITY };
  const checked = events.some((e) => e.eventType === 'health_status_changed_event' && e.appId === app);
  let upgrading = false;
  for (const event of events) {
    if (event.appId !== app || !take(known, event, oldVersion)) continue;
    const all = [...known.values()];
    upgrading ||= all.some((each) => !each.old || each.state === 'TASK_KILLING');
    if (!upgrading) continue;
    const serves = (each: Known) => each.state === 'TASK_RUNNING' && (!checked || each.healthy);
    result.steps.push({
      old: all.filter((each) => each.old).length,
      ending: all.filter((each) => each.old && each.state === 'TASK_KILLING').length,
      fresh: all.filter((each) => !each.old).length,
    });
    result.most = Math.max(result.most, all.length);
    result.leastServing = Math.min(result.leastServing, all.filter(serves).length);
  }
  return result;
}

function take(known: Map<string, Known>, event: Told, oldVersion: string): boolean {
  const task = String(event.taskId);
  if (event.eventType === 'health_status_changed_event') {
    const each = known.get(task);
    if (each !== undefined) each.healthy = event.alive === true;
    return each !== undefined;
  }
  if (event.eventType !== 'status_update_event') return false;
  const state = String(event.taskStatus);
  if (GONE.has(state)) known.delete(task);
  else known.set(task, { healthy: false, ...known.get(task), old: event.version === oldVersion, state });
  return true;
}
