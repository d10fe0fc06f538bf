import { randomUUID } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { type Clock, timestamp } from '../admission/clock.js';
import type { Log } from '../admission/log.js';
import { createLoop } from '../admission/loop.js';
import { type Db, rows } from '../store/db.js';
import { endLease, takeLease } from '../store/leases.js';
import type { Store } from '../store/store.js';
import { sweepAppVersions } from './app-versions.js';
import { sweepDeployments } from './deployments.js';
import { sweepEvents } from './events.js';
import { sweepGroupVersions } from './group-versions.js';
import { sweepInstances } from './instances.js';
import { sweepKeys } from './keys.js';
import type { Batch, Keeping, Sweep } from './sweep.js';

const DAY_MS = 86_400_000;
const LEASE = 'retention';
/** Ended instances of a lost home are shown for so long. */
const INSTANCE_DAYS = 1;
/** Removed rows after which the database is asked to use their space again. */
const RECLAIM_FROM = 1_000;

export interface JanitorDeps {
  store: Store;
  keeping: Keeping;
  log: Log & { info(fields: object, message: string): void };
  clock?: Clock;
}

export interface Janitor {
  start(): void;
  /** Waits for the transaction that is under way. */
  stop(): Promise<void>;
}

/**
 * Removes what has been kept long enough, again and again. One process at a time is at it; it is derived from the database,
 * so that the next one goes on where one has stopped.
 */
export function createJanitor(deps: JanitorDeps & { intervalMs: number }): Janitor {
  const { store, log, intervalMs } = deps;
  const stopping = new AbortController();
  let unclaimed = 0;

  async function round(): Promise<void> {
    const removed = await cleanUp(deps, stopping.signal);
    const rows = Object.values(removed).reduce((sum, count) => sum + count, 0);
    if (rows === 0) return;
    log.info({ removed }, 'removed what had been kept long enough');
    unclaimed += rows;
    if (unclaimed < RECLAIM_FROM) return;
    unclaimed = 0;
    await store.reclaim();
  }

  const loop = createLoop(round, intervalMs, log);
  return {
    start: () => loop.start(),
    stop: () => {
      stopping.abort();
      return loop.stop();
    },
  };
}

/** One round, in small transactions with time for others between them; how much of what was removed. */
export async function cleanUp(
  { store, keeping, clock = Date.now }: JanitorDeps,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const removed: Record<string, number> = {};
  const holder = randomUUID();
  for (const sweep of await sweepsOf(store.db, keeping, clock())) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const batch: Batch | undefined = signal?.aborted
        ? undefined
        : await oneBatch(store, holder, sweep, after);
      if (batch === undefined) return ended(store, holder, removed);
      if (batch.removed > 0) removed[sweep.what] = (removed[sweep.what] ?? 0) + batch.removed;
      after = batch.next;
      await breathe();
    }
  }
  return ended(store, holder, removed);
}

/** Versions first: as long as they are kept, so are the deployments that made them. */
async function sweepsOf(db: Db, keeping: Keeping, now: number): Promise<Sweep[]> {
  const ago = (days: number) => timestamp(now - days * DAY_MS);
  const before = ago(keeping.deploymentDays);
  const environments = await rows<{ name: string }>(db, sql`select name from environments order by name`);
  return [
    ...environments.flatMap(({ name }) => [
      sweepGroupVersions(name, keeping.groupVersions, before),
      sweepAppVersions(name, before),
    ]),
    sweepDeployments(before),
    sweepEvents(ago(keeping.eventDays)),
    sweepKeys(ago(keeping.keyDays)),
    sweepInstances(ago(INSTANCE_DAYS)),
  ];
}

/** Undefined while another process is at it. */
function oneBatch(store: Store, holder: string, sweep: Sweep, after: string): Promise<Batch | undefined> {
  return store.transaction(async (tx) =>
    (await takeLease(tx, LEASE, holder)) ? sweep.batch(tx, after) : undefined,
  );
}

async function ended(store: Store, holder: string, removed: Record<string, number>) {
  await endLease(store.db, LEASE, holder);
  return removed;
}
