import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { PathId, Timestamp } from '../model/app.js';
import type { LedgerEntry } from '../model/deployment.js';
import { optional } from './compact.js';
import { type Db, json, textArray, together } from './db.js';
import { ledger } from './schema.js';

/** Adds decisions; one that is there already is not added again. */
export async function appendLedger(tx: Db, environment: string, entries: LedgerEntry[]): Promise<void> {
  await together(tx, [ledgerAppended(environment, entries)]);
}

/** The same as a part of a statement, where a condition holds. */
export function ledgerAppended(
  environment: string,
  entries: LedgerEntry[],
  where: SQL = sql`true`,
): SQL | undefined {
  if (entries.length === 0) return undefined;
  return sql`
    insert into ledger (environment, at, deployment_id, app, by, channel, command, reason, description)
    select ${environment}, e.value->>'at', e.value->>'deployment', e.value->>'app', e.value->>'by',
      e.value->>'channel', e.value->>'command', e.value->>'reason', e.value->>'description'
    from jsonb_array_elements(${json(entries)}) with ordinality as e(value, n)
    where ${where} order by e.n
    on conflict do nothing`;
}

export interface LedgerFilter {
  deployment?: string;
  app?: PathId;
  by?: string;
  since?: Timestamp;
  limit?: number;
  /** `next` of the page before. */
  before?: string;
}

export interface Page<T> {
  items: T[];
  /** Passed back as `before`; absent on the last page. */
  next?: string;
}

const PAGE = 100;

/** Decisions, the newest first. */
export async function pageLedger(
  db: Db,
  environment: string,
  filter: LedgerFilter,
): Promise<Page<LedgerEntry>> {
  const limit = filter.limit ?? PAGE;
  const found = await db
    .select()
    .from(ledger)
    .where(and(eq(ledger.environment, environment), ...conditions(filter)))
    .orderBy(desc(ledger.id))
    .limit(limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(entryOf), ...(found.length > limit && last ? { next: String(last.id) } : {}) };
}

function conditions({ deployment, app, by, since, before }: LedgerFilter): SQL[] {
  const found: SQL[] = [];
  if (deployment !== undefined) found.push(eq(ledger.deploymentId, deployment));
  if (app !== undefined) found.push(concerns(app));
  if (by !== undefined) found.push(eq(ledger.by, by));
  if (since !== undefined) found.push(gte(ledger.at, since));
  if (before !== undefined && /^\d+$/.test(before)) found.push(lt(ledger.id, Number(before)));
  return found;
}

/** Decisions on the app itself, and on deployments that affect it. */
function concerns(app: PathId): SQL {
  return sql`(${ledger.app} = ${app} or exists (
    select 1 from deployments d where d.id = ${ledger.deploymentId} and d.affected_apps @> ${textArray([app])}
  ))`;
}

function entryOf(row: typeof ledger.$inferSelect): LedgerEntry {
  const { at, deploymentId: deployment, by, channel, command, description } = row;
  return {
    at,
    deployment,
    by,
    channel,
    command,
    description,
    ...optional({ app: row.app, reason: row.reason }),
  };
}
