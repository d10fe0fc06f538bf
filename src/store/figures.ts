import { sql } from 'drizzle-orm';
import type { DeploymentState, GateKind } from '../model/deployment.js';
import type { InstanceState } from '../model/instance.js';
import { ROOT } from '../model/paths.js';
import { type Db, rows } from './db.js';

interface Counted {
  environment: string;
  count: number;
}

/** Live deployments that are in one state, at one gate. */
interface LiveDeployments extends Counted {
  state: DeploymentState;
  gate: GateKind | 'none';
  /** Of the one that is there for the longest: at its gate, or else since it began, or was accepted. */
  oldestSeconds: number;
}

export interface StoredFigures {
  apps: Counted[];
  groups: Counted[];
  deployments: LiveDeployments[];
  /** Those that are alive. */
  instances: (Counted & { state: InstanceState })[];
  /** How long ago each environment's agent was there. */
  agents: { environment: string; seenSeconds: number }[];
}

/** Figures of all environments; those of which there is nothing to count are absent. */
export async function storedFigures(db: Db): Promise<StoredFigures> {
  const [apps, groups, deployments, instances, agents] = await Promise.all([
    rows<Counted>(db, sql`select environment, count(*)::int as count from apps group by environment`),
    rows<Counted>(
      db,
      sql`select environment, count(*)::int as count from groups where id <> ${ROOT} group by environment`,
    ),
    rows<LiveDeployments>(
      db,
      sql`select environment, state, coalesce(gate->>'kind', 'none') as gate, count(*)::int as count,
            ${secondsSince(sql`min(coalesce(gate->>'since', started_at, accepted_at))`)} as "oldestSeconds"
          from deployments where ended_at is null group by 1, 2, 3`,
    ),
    rows<Counted & { state: InstanceState }>(
      db,
      sql`select environment, state, count(*)::int as count from instances
          where state in ('staging', 'running', 'killing') group by 1, 2`,
    ),
    rows<{ environment: string; seenSeconds: number }>(
      db,
      sql`select environment, ${secondsSince(sql`seen_at`)} as "seenSeconds" from agents`,
    ),
  ]);
  return { apps, groups, deployments, instances, agents };
}

/** By the database's clock; what another one wrote a moment ahead is 0 s old. */
export function secondsSince(time: ReturnType<typeof sql>) {
  return sql`greatest(0, extract(epoch from now() - (${time})::timestamptz))::float8`;
}
