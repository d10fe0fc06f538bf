import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { TerminalError } from '../errors.js';
import {
  deploymentFailedEvent,
  deploymentStepSuccessEvent,
  deploymentSuccessEvent,
} from '../formats/marathon/events.js';
import type { Timestamp } from '../model/app.js';
import { applyChange } from '../model/apply-change.js';
import type { Outcome } from '../model/deployment.js';
import type { Root } from '../model/root.js';
import type { EventRecord } from '../runtimes/supervisor/ports.js';
import { type Db, onlyIfFound, together } from '../store/db.js';
import { environmentOfDeployment } from '../store/deployments.js';
import { eventsAppended } from '../store/events.js';
import { ledgerAppended } from '../store/ledger.js';
import type { EndedDeployment } from '../store/observer.js';
import { rootSaved } from '../store/root-writes.js';
import { keepRoot, rootAsOf } from '../store/roots.js';
import { deployments } from '../store/schema.js';
import type { Store } from '../store/store.js';
import { type Clock, nextVersion, timestamp } from './clock.js';
import { lockEnvironment } from './environment.js';
import { locksFreed } from './locks.js';
import { revertContext } from './proposal.js';

/** How a deployment ends. */
export interface End {
  deployment: string;
  outcome: Outcome;
  description: string;
  /** The definitions go back to what they were before (cancel). */
  restore?: boolean;
  /** The deployment that took over. */
  by?: string;
}

/**
 * Ends a deployment, in one transaction and once: outcome, locks, events, ledger.
 * False where it had ended before; then nothing is done.
 */
export async function conclude(store: Store, end: End, clock: Clock = Date.now): Promise<boolean> {
  if (end.restore === true) return concludeWhere(store, end, undefined, clock);
  const ended = await concludeIn(store.db, end, timestamp(clock()));
  if (ended) store.observer.ended?.(ended);
  return ended !== undefined;
}

/** As `conclude`, where the deployment meets the condition, too; `also` is done in the same transaction. */
export async function concludeWhere(
  store: Store,
  end: End,
  condition: SQL | undefined,
  clock: Clock,
  also: (tx: Db) => Promise<void> = async () => undefined,
): Promise<boolean> {
  const done = await store.transaction(async (tx) => {
    const before = end.restore === true ? await lockedRoot(store, tx, end.deployment) : undefined;
    const ended = await concludeIn(tx, end, timestamp(clock()), condition);
    if (ended === undefined) return undefined;
    await also(tx);
    return { ended, restored: before && (await restore(tx, before, end.deployment, clock)) };
  });
  if (done === undefined) return false;
  if (done.restored) keepRoot(store, done.restored.environment, done.restored.root);
  store.observer.ended?.(done.ended);
  return true;
}

/**
 * The same in one statement; who calls it tells the store's observer, after the commit where it is within a transaction.
 * Undefined where it had ended before, or the condition does not hold.
 */
export async function concludeIn(
  db: Db,
  end: End,
  at: Timestamp,
  condition: SQL = sql`true`,
): Promise<EndedDeployment | undefined> {
  for (;;) {
    const live = await liveOne(db, end.deployment, condition);
    if (live === undefined) return undefined;
    if (!(await endedAsRead(db, live, end, { at, condition }))) continue;
    const { id: deployment, environment, affectedApps, acceptedAt } = live;
    return { deployment, environment, outcome: end.outcome, affectedApps, acceptedAt, endedAt: at };
  }
}

type Live = Awaited<ReturnType<typeof liveOne>> & object;

async function liveOne(db: Db, id: string, condition: SQL) {
  const [live] = await db
    .select({
      id: deployments.id,
      environment: deployments.environment,
      version: deployments.version,
      steps: deployments.steps,
      currentStep: deployments.currentStep,
      affectedApps: deployments.affectedApps,
      acceptedAt: deployments.acceptedAt,
    })
    .from(deployments)
    .where(and(eq(deployments.id, id), isNull(deployments.endedAt), condition));
  return live;
}

/** False where it went on, ended, or came to fail the condition since it was read. */
function endedAsRead(
  db: Db,
  live: Live,
  end: End,
  { at, condition }: { at: Timestamp; condition: SQL },
): Promise<boolean> {
  const { id, environment, currentStep } = live;
  const { outcome, description, by } = end;
  const told = {
    at,
    deployment: id,
    by: 'slipway',
    channel: 'system',
    command: outcome,
    description,
  } as const;
  return onlyIfFound(
    db,
    sql`update deployments set state = ${outcome}, outcome = ${outcome}, description = ${description}, ended_at = ${at},
          gate = null, superseded_by = coalesce(${by ?? null}, superseded_by)
        where id = ${id} and ended_at is null and current_step = ${currentStep} and ${condition} returning id`,
    (found) => [
      locksFreed(id, found),
      ledgerAppended(environment, [told], found),
      eventsAppended(environment, endEvents(live, end, at), found),
    ],
  );
}

function endEvents(ended: Live, { outcome, description }: End, at: Timestamp): EventRecord[] {
  if (outcome !== 'succeeded') return [deploymentFailedEvent(ended, description, at)];
  const step = ended.currentStep > 0 ? [deploymentStepSuccessEvent(ended, ended.currentStep, at)] : [];
  return [...step, deploymentSuccessEvent(ended, at)];
}

interface Present {
  environment: string;
  root: Root;
}

/** The environment is locked first, as admission does: in another order the two could wait for each other. */
async function lockedRoot(store: Store, tx: Db, id: string): Promise<Present | undefined> {
  const environment = await environmentOfDeployment(tx, id);
  if (environment === undefined) return undefined;
  return {
    environment,
    root: await rootAsOf(store, tx, environment, await lockEnvironment(tx, environment)),
  };
}

/** Reverts what the deployment changed where no other one changed it since; gives the root as it is then. */
async function restore(
  tx: Db,
  { environment, root }: Present,
  deployment: string,
  clock: Clock,
): Promise<Present> {
  const now = nextVersion(clock, root.version);
  const context = await revertContext(tx, environment, deployment, now);
  const target = reverted(root, deployment, context);
  if (target !== root) await together(tx, [rootSaved({ environment, original: root, target, deployment })]);
  return { environment, root: target };
}

/** Where later changes made the old definitions impossible (a cycle, a port) they stay as they are: the end must not fail. */
function reverted(root: Root, deployment: string, context: Parameters<typeof applyChange>[2]): Root {
  try {
    return applyChange(root, { kind: 'revert', deployment }, context);
  } catch (error) {
    if (error instanceof TerminalError) return root;
    throw error;
  }
}
