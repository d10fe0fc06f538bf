import { asc, eq, inArray } from 'drizzle-orm';
import type { WaveChange } from '../model/change.js';
import type { DeploymentState, WaveProgress } from '../model/deployment.js';
import type { Wave } from '../model/wave.js';
import type { Db } from './db.js';
import { deployments } from './schema.js';

/** The deployment of a wave; where a wave was tried again, each try has one. */
export interface WaveChild {
  id: string;
  state: DeploymentState;
  description: string;
  /** Counts from 1; null where it undoes a wave. */
  wave: number | null;
}

const CHILD = {
  id: deployments.id,
  state: deployments.state,
  description: deployments.description,
  wave: deployments.wave,
};

/** Of each release over several environments how far its waves are. */
export async function progressOfWaves(
  db: Db,
  found: { id: string; waves: Wave[] | null }[],
): Promise<Map<string, WaveProgress[]>> {
  const parents = found.flatMap(({ id, waves }) => (waves ? [{ id, waves }] : []));
  if (parents.length === 0) return new Map();
  const children = await db
    .select({ ...CHILD, parent: deployments.parent })
    .from(deployments)
    .where(
      inArray(
        deployments.parent,
        parents.map(({ id }) => id),
      ),
    )
    .orderBy(asc(deployments.sequence));
  return new Map(
    parents.map(({ id, waves }) => [id, waves.map((wave, index) => shown(wave, lastOf(id, index + 1)))]),
  );

  function lastOf(parent: string, wave: number): WaveChild | undefined {
    return children.findLast((child) => child.parent === parent && child.wave === wave);
  }
}

function shown(wave: Wave, child: WaveChild | undefined): WaveProgress {
  return child ? { ...wave, state: child.state, deployment: child.id } : { ...wave, state: 'pending' };
}

/** What each wave of a release changes; undefined where the deployment has no waves. */
export async function wavesOf(db: Db, deployment: string): Promise<WaveChange[] | undefined> {
  const [row] = await db
    .select({ waves: deployments.waves })
    .from(deployments)
    .where(eq(deployments.id, deployment));
  return row?.waves ?? undefined;
}

/** The deployments that a release started, the oldest first. */
export async function childrenOf(db: Db, parent: string): Promise<WaveChild[]> {
  return db
    .select(CHILD)
    .from(deployments)
    .where(eq(deployments.parent, parent))
    .orderBy(asc(deployments.sequence));
}
