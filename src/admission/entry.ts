import { type SQL, sql } from 'drizzle-orm';
import type { PathId, Timestamp } from '../model/app.js';
import type { DeploymentState, LedgerEntry } from '../model/deployment.js';
import type { Db } from '../store/db.js';
import { deployments } from '../store/schema.js';
import { describeChange, list } from './describe.js';
import type { LockDecision } from './locks.js';
import type { Proposal } from './proposal.js';
import type { AdmissionRequest } from './types.js';

/** A change that was found good, with all that is stored of it. */
export interface Entry {
  id: string;
  at: Timestamp;
  request: AdmissionRequest;
  proposal: Proposal;
  locks: LockDecision;
}

/** A plan without steps has nothing to carry out: its deployment begins and ends at its acceptance. */
export function isDoneAtOnce({ proposal }: Entry): boolean {
  return proposal.plan.steps.length === 0;
}

/** Part of a statement. */
export function deploymentInserted(tx: Db, entry: Entry): SQL {
  const { id, at, request, proposal, locks } = entry;
  const { plan, changes } = proposal;
  const insert = tx.insert(deployments).values({
    id,
    environment: request.environment,
    version: at,
    affectedApps: plan.affectedApps,
    steps: plan.steps,
    warnings: plan.warnings,
    changes,
    options: request.options,
    totalSteps: plan.steps.length,
    by: request.by,
    reason: request.reason,
    channel: request.channel,
    acceptedAt: at,
    supersedes: locks.superseded.map((holder) => holder.id),
    waitsFor: locks.waitsFor,
    rollbackOf: request.rollbackOf ?? null,
    waves: proposal.waves ?? null,
    parent: request.parent?.deployment ?? null,
    wave: request.parent?.wave ?? null,
    trace: request.trace ?? null,
    ...beginning(entry),
  });
  return insert.getSQL();
}

/** State, sentence and gate that the deployment begins with. */
function beginning(entry: Entry) {
  const { at, locks } = entry;
  if (isDoneAtOnce(entry)) {
    const state: DeploymentState = 'succeeded';
    const description = 'Nothing had to be carried out: what runs is what was asked for.';
    return { state, description, outcome: 'succeeded' as const, startedAt: at, endedAt: at };
  }
  const others = list(locks.waitsFor);
  if (locks.queued) {
    const description = `Waits for its turn: deployment ${others} holds its apps.`;
    return { state: 'queued' as const, description, gate: lockGate(at, description) };
  }
  const accepted = 'Accepted; its workflow has not started yet.';
  const description =
    locks.waitsFor.length > 0 ? `Accepted; begins once deployment ${others} has stopped.` : accepted;
  return { state: 'accepted' as const, description };
}

function lockGate(since: Timestamp, description: string) {
  const then = 'It begins when they have ended.';
  return { kind: 'lock' as const, since, then, who: 'whoever may force a deployment', description };
}

/** Tells the superseded ones by whom, and the one that is rolled back; a second rollback that finds nothing to do is not named. */
export async function markOthers(tx: Db, entry: Entry): Promise<void> {
  const { id, request, locks } = entry;
  const superseded = locks.superseded.filter((holder) => holder.tried).map((holder) => holder.id);
  if (superseded.length > 0) {
    await tx.execute(sql`
      update deployments set superseded_by = ${id}, description = ${`Ends because deployment ${id} took its apps over.`}
      where id in ${superseded} and superseded_by is null`);
  }
  if (request.rollbackOf !== undefined) {
    await tx.execute(sql`
      update deployments set rolled_back_by = ${id}
      where id = ${request.rollbackOf} and (rolled_back_by is null or ${!isDoneAtOnce(entry)})`);
  }
}

/** What the ledger keeps: the change itself, and each deployment that it supersedes. */
export function ledgerOf({ id, at, request, locks }: Entry): LedgerEntry[] {
  const { by, channel, change } = request;
  const why = request.reason === '' ? {} : { reason: request.reason };
  const app: { app?: PathId } = 'id' in change && change.kind.endsWith('App') ? { app: change.id } : {};
  return [
    { at, deployment: id, by, channel, ...why, ...app, ...describeChange(change) },
    ...locks.superseded.map((holder) => ({
      at,
      deployment: holder.id,
      by,
      channel,
      ...why,
      command: 'supersede',
      description: `Deployment ${id} took its apps over.`,
    })),
  ];
}
