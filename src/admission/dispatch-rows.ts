import { sql } from 'drizzle-orm';
import type { DeploymentInput } from '../../workflows/types.js';
import { rows } from '../store/db.js';
import { secondsSince } from '../store/figures.js';
import type { Store } from '../store/store.js';
import { timestamp } from './clock.js';

/** Looked at in one go; the next look takes the next ones. */
const LOOK = 200;

const FREE = sql`not exists (
  select 1 from deployments b where b.id = any(d.waits_for) and b.ended_at is null
)`;

/** Most environments have no freezes and windows: then no deployment asks for them. */
const HAS_CALENDAR = sql`(
  exists (select 1 from freezes f where f.environment = d.environment)
  or exists (select 1 from windows w where w.environment = d.environment)
)`;

/** Accepted deployments without a workflow whose turn it is, the oldest first. */
export async function pending(store: Store): Promise<string[]> {
  const found = await rows<{ id: string }>(
    store.db,
    sql`select d.id from deployments d
        where d.ended_at is null and d.dispatched_at is null and d.superseded_by is null and ${FREE}
        order by d.sequence limit ${LOOK}`,
  );
  return found.map(({ id }) => id);
}

export interface PendingFigures {
  environment: string;
  count: number;
  /** Of the one that was accepted first. */
  oldestSeconds: number;
}

/** How many accepted deployments have no workflow yet although it is their turn; environments without any are absent. */
export function pendingFigures(store: Store): Promise<PendingFigures[]> {
  return rows<PendingFigures>(
    store.db,
    sql`select d.environment, count(*)::int as count, ${secondsSince(sql`min(d.accepted_at)`)} as "oldestSeconds"
        from deployments d
        where d.ended_at is null and d.dispatched_at is null and d.superseded_by is null and ${FREE}
        group by d.environment`,
  );
}

export interface Superseded {
  id: string;
  by: string;
  /** Temporal confirmed its start. */
  dispatched: boolean;
}

/** Deployments that must end because another one took their apps over. */
export async function superseded(store: Store): Promise<Superseded[]> {
  return rows<Superseded>(
    store.db,
    sql`select id, superseded_by as by, dispatched_at is not null as dispatched from deployments
        where ended_at is null and superseded_by is not null order by sequence limit ${LOOK}`,
  );
}

/** A deployment whose workflow is to be started. */
export interface Claimed {
  input: DeploymentInput;
  trace?: string;
}

/**
 * Marks that a workflow of it may exist from now on, and gives it the locks that it queued for.
 * Undefined where it is not its turn, or it was started, has ended or was superseded before anything was tried.
 */
export async function claim(store: Store, id: string): Promise<Claimed | undefined> {
  const [claimed] = await rows<DeploymentInput & { trace: string | null }>(
    store.db,
    sql`with claimed as (
          update deployments d
          set tried_at = coalesce(tried_at, ${timestamp(Date.now())}), gate = null,
            state = case when state = 'queued' then 'accepted' else state end
          where d.id = ${id} and d.ended_at is null and d.dispatched_at is null
            and (d.superseded_by is null or d.tried_at is not null) and ${FREE}
          returning d.*
        ), taken as (
          insert into locks (environment, app_id, deployment_id)
          select environment, app, id from claimed, unnest(affected_apps) as app
          where superseded_by is null and cardinality(waits_for) > 0
          on conflict (environment, app_id) do update set deployment_id = excluded.deployment_id
        )
        select id, environment, steps, options, by, reason, rollback_of is not null as rollback,
          ${HAS_CALENDAR} as calendar, trace
        from claimed d`,
  );
  if (claimed === undefined) return undefined;
  const { trace, ...input } = claimed;
  return { input, ...(trace === null ? {} : { trace }) };
}

export interface Confirmed {
  /** The deployment that it must give way to, its own id where it has ended meanwhile. */
  by?: string;
  /** There are freezes or windows: one may have come after the claim and before the start. */
  calendar: boolean;
}

/** Its workflow exists: what it has to be told at once. */
export async function confirm(store: Store, id: string): Promise<Confirmed> {
  const [row] = await rows<{ ended: boolean; by: string | null; calendar: boolean }>(
    store.db,
    sql`update deployments d set dispatched_at = ${timestamp(Date.now())} where id = ${id}
        returning ended_at is not null as ended, superseded_by as by, ${HAS_CALENDAR} as calendar`,
  );
  const by = row?.by ?? (row?.ended ? id : undefined);
  return { calendar: row?.calendar ?? false, ...(by === undefined ? {} : { by }) };
}
