import { and, eq, sql } from 'drizzle-orm';
import type { Capacity } from '../runtimes/runtime.js';
import { type Db, json, rows } from './db.js';
import { agents } from './schema.js';

/** What an agent tells of itself. */
export interface Agent {
  /** Of the home whose instances it runs. */
  homeId: string;
  /** Of its control endpoint. */
  url: string;
  /** Every call to the endpoint carries it. */
  token: string;
  capacity: { total: Capacity; taken: Capacity };
}

/** An agent as others see it; the times are the database's. */
export interface KnownAgent extends Agent {
  startedAt: string;
  seenAt: string;
}

/** The database's clock: those of hosts differ. */
const NOW = sql`to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * Makes this the agent of the environment. False where the instances are those of another home, unless `takeOver`
 * says that the other one will never come back: two agents would start everything twice.
 */
export async function registerAgent(
  db: Db,
  environment: string,
  { homeId, url, token, capacity }: Agent,
  takeOver = false,
): Promise<boolean> {
  const written = await rows(
    db,
    sql`insert into agents (environment, home_id, url, token, capacity, started_at, seen_at)
        values (${environment}, ${homeId}, ${url}, ${token}, ${json(capacity)}, ${NOW}, ${NOW})
        on conflict (environment) do update
          set home_id = excluded.home_id, url = excluded.url, token = excluded.token,
            capacity = excluded.capacity, started_at = excluded.started_at, seen_at = excluded.seen_at
          where agents.home_id = excluded.home_id or ${takeOver}
        returning 1`,
  );
  return written.length > 0;
}

/** Tells that the agent is there. False where it is not the environment's agent any more. */
export async function refreshAgent(
  db: Db,
  environment: string,
  { token, capacity }: Pick<Agent, 'token' | 'capacity'>,
): Promise<boolean> {
  const written = await db
    .update(agents)
    .set({ capacity, seenAt: NOW })
    .where(and(eq(agents.environment, environment), eq(agents.token, token)))
    .returning({ environment: agents.environment });
  return written.length > 0;
}

export async function agentOf(db: Db, environment: string): Promise<KnownAgent | undefined> {
  const [found] = await db.select().from(agents).where(eq(agents.environment, environment));
  return found;
}
