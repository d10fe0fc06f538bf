import { sql } from 'drizzle-orm';
import { notFound } from '../errors.js';
import type { Command, CommandBody, LedgerEntry } from '../model/deployment.js';
import { environmentOfDeployment } from '../store/deployments.js';
import { appendLedger } from '../store/ledger.js';
import type { Store } from '../store/store.js';
import { type Clock, timestamp } from './clock.js';
import { concludeWhere, type End } from './conclusion.js';
import { keepCommand } from './idempotency.js';
import { takeOver } from './take-over.js';

/** No workflow of it has been seen to run and nothing of it was carried out. */
const NOT_BEGUN = sql`dispatched_at is null and current_step = 0`;

/**
 * Carries out `cancel` and `close`, and the `force` of a queued one, for a deployment whose workflow has not started: it ends at once, also while Temporal
 * is away. False where there is a workflow to ask, or the command is another one.
 * Throws 404 for an unknown deployment.
 */
export async function commandBeforeStart(
  store: Store,
  id: string,
  command: Command,
  body: CommandBody,
  clock: Clock = Date.now,
): Promise<boolean> {
  const end = endBy(id, command, body);
  const environment = await environmentOf(store, id);
  if (command === 'force') return takeOver(store, id, body, clock);
  if (end === undefined) return false;
  const { requestId } = body;
  return concludeWhere(store, end, NOT_BEGUN, clock, async (tx) => {
    const at = timestamp(clock());
    await appendLedger(tx, environment, [entryOf(id, command, body, end.description, at)]);
    if (requestId !== undefined)
      await keepCommand(tx, environment, { deployment: id, command, requestId, at });
  });
}

function endBy(deployment: string, command: Command, body: CommandBody): End | undefined {
  const who = body.by ?? 'an unknown caller';
  if (command === 'cancel') {
    const description = `Cancelled by ${who} before it began; the definitions are as before.`;
    return { deployment, outcome: 'cancelled', description, restore: true };
  }
  if (command === 'close') {
    return { deployment, outcome: 'failed', description: `Closed by ${who} before it began.` };
  }
  return undefined;
}

async function environmentOf(store: Store, id: string): Promise<string> {
  const environment = await environmentOfDeployment(store.db, id);
  if (environment === undefined) throw notFound(`DeploymentPlan ${id} does not exist`);
  return environment;
}

function entryOf(
  deployment: string,
  command: Command,
  body: CommandBody,
  description: string,
  at: string,
): LedgerEntry {
  const why = body.reason === undefined ? {} : { reason: body.reason };
  return {
    at,
    deployment,
    by: body.by ?? 'unknown',
    channel: body.channel ?? 'api',
    command,
    ...why,
    description,
  };
}
