import { and, eq, isNull, type SQL } from 'drizzle-orm';
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
import { type Db, together } from '../store/db.js';
import { environmentOfDeployment } from '../store/deployments.js';
import { eventsAppended } from '../store/events.js';
import { ledgerAppended } from '../store/ledger.js';
import type { EndedDeployment } from '../store/observer.js';
import { saveRoot } from '../store/root-writes.js';
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
  return concludeWhere(store, end, undefined, clock);
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

/** Within a transaction, after whose commit the store's observer is to be told; undefined where it had ended before. */
export async function concludeIn(
  tx: Db,
  end: End,
  at: Timestamp,
  condition?: SQL,
): Promise<EndedDeployment | undefined> {
  const { deployment, outcome, description } = end;
  const [ended] = await tx
    .update(deployments)
    .set({
      state: outcome,
      outcome,
      description,
      endedAt: at,
      gate: null,
      ...(end.by ? { supersededBy: end.by } : {}),
    })
    .where(and(eq(deployments.id, deployment), isNull(deployments.endedAt), condition))
    .returning({
      id: deployments.id,
      environment: deployments.environment,
      version: deployments.version,
      steps: deployments.steps,
      currentStep: deployments.currentStep,
      affectedApps: deployments.affectedApps,
      acceptedAt: deployments.acceptedAt,
    });
  if (ended === undefined) return undefined;
  const { environment, affectedApps, acceptedAt } = ended;
  const told = { at, deployment, by: 'slipway', channel: 'system', command: outcome, description } as const;
  await together(tx, [
    locksFreed(deployment),
    ledgerAppended(environment, [told]),
    eventsAppended(environment, endEvents(ended, end, at)),
  ]);
  return { deployment, environment, outcome, affectedApps, acceptedAt, endedAt: at };
}

type Ended = Parameters<typeof deploymentSuccessEvent>[0] & { currentStep: number };

function endEvents(ended: Ended, { outcome, description }: End, at: Timestamp): EventRecord[] {
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
  if (target !== root) await saveRoot(tx, { environment, original: root, target, deployment });
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
