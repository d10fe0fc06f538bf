import type { App, PathId, Timestamp } from '../../model/app.js';
import type { Waiting } from '../../model/instance.js';
import { appJson } from './app-json.js';

/** Marathon's reasons for turning an offer down, in the order in which it asks (NoOfferMatchReason). */
const REASONS = [
  'UnfulfilledRole',
  'UnfulfilledConstraint',
  'NoCorrespondingReservationFound',
  'AgentMaintenance',
  'InsufficientCpus',
  'InsufficientMemory',
  'InsufficientDisk',
  'InsufficientGpus',
  'InsufficientPorts',
  'DeclinedScarceResources',
] as const;

/** `GET /v2/queue`: one entry per app with instances that are not launched. */
export function queueJson(waiting: readonly Waiting[], apps: ReadonlyMap<PathId, App>, now: Timestamp) {
  const byApp = new Map<PathId, Waiting[]>();
  for (const each of waiting) byApp.set(each.app, [...(byApp.get(each.app) ?? []), each]);
  const queue = [...byApp].flatMap(([id, entries]) => {
    const app = apps.get(id);
    return app ? [itemJson(app, entries, now)] : [];
  });
  return { queue };
}

function itemJson(app: App, entries: Waiting[], now: Timestamp) {
  const since = entries.map((each) => each.since).sort()[0] ?? now;
  return {
    count: entries.reduce((sum, each) => sum + each.count, 0),
    delay: delayJson(entries, now),
    since,
    processedOffersSummary: offersJson(entries),
    app: appJson(app),
  };
}

/** `overdue`: no back-off is left, only room is missing. */
function delayJson(entries: Waiting[], now: Timestamp) {
  const ends = entries.flatMap(({ until }) => (until ? [Date.parse(until)] : []));
  const left = Math.max(0, ...ends.map((end) => Math.ceil((end - Date.parse(now)) / 1000)));
  return { timeLeftSeconds: left, overdue: left === 0 };
}

/** The runtime's hosts count as one offer, so that readers of Marathon's summary see what is missing. */
function offersJson(entries: Waiting[]) {
  const missing = new Set<string>(entries.flatMap((each) => each.missing));
  const refused = missing.size > 0 ? 1 : 0;
  const summary = REASONS.map((reason) => ({
    reason,
    declined: missing.has(reason) ? 1 : 0,
    processed: refused,
  }));
  return {
    processedOffersCount: refused,
    unusedOffersCount: refused,
    rejectSummaryLastOffers: summary,
    rejectSummaryLaunchAttempt: summary,
  };
}
