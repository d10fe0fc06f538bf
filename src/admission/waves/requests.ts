import { eq } from 'drizzle-orm';
import { notFound } from '../../errors.js';
import type { WaveChange } from '../../model/change.js';
import type { DeploymentOptions } from '../../model/deployment.js';
import type { Db } from '../../store/db.js';
import { deployments } from '../../store/schema.js';
import { childrenOf, wavesOf } from '../../store/waves.js';
import type { AdmissionRequest } from '../types.js';

/** What the waves have of the release that they belong to. */
export type Release = Pick<AdmissionRequest, 'options' | 'by' | 'reason' | 'channel'>;

/**
 * The waves that a request asks for: its own, or those that revert a release, the last one first.
 * Undefined where it concerns one environment.
 */
export async function requestedWaves(
  db: Db,
  { change }: Pick<AdmissionRequest, 'change'>,
): Promise<WaveChange[] | undefined> {
  if (change.kind === 'waves') return change.waves;
  if (change.kind !== 'revert') return undefined;
  const waves = await wavesOf(db, change.deployment);
  return waves && revertOf(db, change.deployment, waves);
}

/** Of every wave that was begun its last deployment. */
async function revertOf(db: Db, release: string, waves: WaveChange[]): Promise<WaveChange[]> {
  const children = await childrenOf(db, release);
  const reverts = waves.flatMap(({ environment }, index) => {
    const begun = children.findLast(({ wave }) => wave === index + 1);
    return begun ? [{ environment, change: { kind: 'revert', deployment: begun.id } as const }] : [];
  });
  return reverts.reverse();
}

/** The request by which a wave is released in its environment. */
export function requestOfWave(
  { options, by, reason, channel }: Release,
  { environment, change }: WaveChange,
): AdmissionRequest {
  return {
    environment,
    change,
    force: false,
    options: optionsOfWave(options),
    by,
    reason,
    channel,
    ...(change.kind === 'revert' ? { rollbackOf: change.deployment } : {}),
  };
}

/** What stands before the whole release is passed once. */
function optionsOfWave({ approval: _approval, startAt: _startAt, ...options }: DeploymentOptions) {
  return options;
}

/** A release over several environments as it was accepted. Throws 404 for an unknown one. */
export async function loadRelease(db: Db, id: string): Promise<Release & { waves: WaveChange[] }> {
  const { options, by, reason, channel, waves } = deployments;
  const [row] = await db
    .select({ options, by, reason, channel, waves })
    .from(deployments)
    .where(eq(deployments.id, id));
  if (!row?.waves) throw notFound(`There is no release over several environments with the id '${id}'.`);
  return { ...row, waves: row.waves };
}
