import { sql } from 'drizzle-orm';
import type { CommandBody, LedgerEntry } from '../model/deployment.js';
import { type Db, rows } from '../store/db.js';
import { appendLedger } from '../store/ledger.js';
import type { EndedDeployment } from '../store/observer.js';
import type { Store } from '../store/store.js';
import { type Clock, timestamp } from './clock.js';
import { concludeIn } from './conclusion.js';
import { keepCommand } from './idempotency.js';

interface Ahead {
  id: string;
  environment: string;
  /** A workflow of it may exist: it has to be told, and waited for. */
  tried: boolean;
}

/**
 * `force` on a queued deployment: those that it waits for give way to it, as if it had been started with
 * `lock: supersede`. False where it is not queued (any more).
 */
export async function takeOver(
  store: Store,
  id: string,
  body: CommandBody,
  clock: Clock = Date.now,
): Promise<boolean> {
  const at = timestamp(clock());
  const done = await store.transaction(async (tx) => {
    const ahead = await aheadOf(tx, id);
    const [first] = ahead;
    if (first === undefined) return undefined;
    const ended: EndedDeployment[] = [];
    for (const holder of ahead) ended.push(...(await giveWay(tx, holder, id, at)));
    await appendLedger(tx, first.environment, entriesOf(ahead, id, body, at));
    const { requestId } = body;
    if (requestId !== undefined)
      await keepCommand(tx, first.environment, { deployment: id, command: 'force', requestId, at });
    return ended;
  });
  for (const ended of done ?? []) store.observer.ended?.(ended);
  return done !== undefined;
}

function aheadOf(tx: Db, id: string): Promise<Ahead[]> {
  return rows<Ahead>(
    tx,
    sql`select b.id, b.environment, b.tried_at is not null as tried from deployments b
        join deployments d on b.id = any(d.waits_for)
        where d.id = ${id} and d.state = 'queued' and b.ended_at is null order by b.sequence for update of b`,
  );
}

/** Those that ended by it at once. */
async function giveWay(tx: Db, { id, tried }: Ahead, by: string, at: string): Promise<EndedDeployment[]> {
  if (!tried) {
    const description = `Superseded by deployment ${by} before it began.`;
    const ended = await concludeIn(tx, { deployment: id, outcome: 'superseded', description, by }, at);
    return ended ? [ended] : [];
  }
  const description = `Ends because deployment ${by} took its apps over.`;
  await tx.execute(sql`
    update deployments set superseded_by = ${by}, description = ${description}
    where id = ${id} and superseded_by is null`);
  return [];
}

function entriesOf(ahead: Ahead[], id: string, body: CommandBody, at: string): LedgerEntry[] {
  const { by = 'anonymous', channel = 'api', reason } = body;
  const common = { at, by, channel, ...(reason === undefined ? {} : { reason }) };
  const taken = `Takes its apps over from ${ahead.map((each) => each.id).join(', ')}.`;
  return [
    { ...common, deployment: id, command: 'force', description: taken },
    ...ahead.map((each) => ({
      ...common,
      deployment: each.id,
      command: 'supersede',
      description: `Deployment ${id} took its apps over.`,
    })),
  ];
}
