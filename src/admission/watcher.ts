import { and, asc, gt, isNull, lte } from 'drizzle-orm';
import { deployments } from '../store/schema.js';
import { type Clock, timestamp } from './clock.js';
import { conclude } from './conclusion.js';
import type { DispatcherDeps } from './dispatcher.js';
import { createLoop } from './loop.js';

export interface Watcher {
  start(): void;
  stop(): Promise<void>;
}

/** Workflows asked for at a time: each is a call. All of them come round, some at each look. */
const AT_A_LOOK = 50;
/** Most have ended by themselves before so many looks: these calls are spared. */
const LOOKS_BEFORE_ASKED = 5;

interface Live {
  id: string;
  sequence: number;
  supersededBy: string | null;
}

/**
 * Concludes deployments whose workflow was ended from outside: terminated, timed out, deleted, failed by itself.
 * One that ends by itself concludes before its workflow closes, so a closed one without a conclusion has been ended.
 */
export function createWatcher(deps: DispatcherDeps, clock: Clock = Date.now): Watcher {
  let after = 0;
  let first = true;
  const loop = createLoop(look, deps.intervalMs, deps.log);

  async function look(): Promise<void> {
    do {
      const some = await liveAfter(after);
      await concludeEnded(some);
      after = some.length < AT_A_LOOK ? 0 : (some.at(-1)?.sequence ?? 0);
    } while (first && after > 0);
    first = false;
  }

  /** At the first look all of them: nobody knows how long the service was away. */
  function liveAfter(sequence: number): Promise<Live[]> {
    const young = first ? 0 : LOOKS_BEFORE_ASKED * deps.intervalMs;
    return deps.store.db
      .select({ id: deployments.id, sequence: deployments.sequence, supersededBy: deployments.supersededBy })
      .from(deployments)
      .where(
        and(
          isNull(deployments.endedAt),
          lte(deployments.dispatchedAt, timestamp(clock() - young)),
          gt(deployments.sequence, sequence),
        ),
      )
      .orderBy(asc(deployments.sequence))
      .limit(AT_A_LOOK);
  }

  async function concludeEnded(some: Live[]): Promise<void> {
    if (some.length === 0) return;
    const byId = new Map(some.map((live) => [live.id, live]));
    for (const { id, how } of await deps.workflows.ended([...byId.keys()])) {
      const live = byId.get(id);
      if (live) await concludeOne(live, how);
    }
  }

  async function concludeOne({ id, supersededBy }: Live, how: string): Promise<void> {
    const ended = `Its workflow was ended from outside (${how})`;
    const end =
      supersededBy === null
        ? ({
            outcome: 'failed',
            description: `${ended}; what it had done until then is left as it is.`,
          } as const)
        : ({
            outcome: 'superseded',
            description: `${ended} after deployment ${supersededBy} took over.`,
          } as const);
    if (await conclude(deps.store, { deployment: id, ...end }, clock)) {
      deps.log.warn({ deployment: id, how, at: timestamp(clock()) }, end.description);
    }
  }

  return { start: () => loop.start(), stop: () => loop.stop() };
}
