import type { WaveActivities, WaveChildRef, WaveEnd, WaveRef, WaveSeen } from '../../../activities/types.js';
import { notFound, TerminalError } from '../../errors.js';
import { isEnded } from '../../model/deployment.js';
import type { Store } from '../../store/store.js';
import { childrenOf, type WaveChild } from '../../store/waves.js';
import type { Admission } from '../admission.js';
import { type CommandDeps, giveCommand } from '../give-command.js';
import { recordAction, startStep } from '../progress.js';
import { rollbackOptions } from '../rollback.js';
import { loadRelease, requestOfWave } from './requests.js';

export interface WaveDeps extends CommandDeps {
  admission: Admission;
}

/** What a release over several environments does in them. All of it may be repeated. */
export function waveActivities(deps: WaveDeps): WaveActivities {
  return {
    reachWave: ({ deployment, wave }) => startStep(deps.store, deployment, wave),
    beginWave: (ref) => beginWave(deps, ref),
    seeWave: (ref) => seeWave(deps, ref),
    commandWave: ({ child, command, body }) => giveCommand(deps, child, command, body),
    endWave: (end) => endWave(deps, end),
  };
}

/** The same attempt is admitted once: a repetition gets the same deployment. */
async function beginWave({ store, admission }: WaveDeps, ref: WaveRef): Promise<{ child: string }> {
  const { deployment, wave, attempt } = ref;
  const release = await loadRelease(store.db, deployment);
  const change = release.waves[wave - 1];
  if (change === undefined) throw notFound(`Deployment ${deployment} has no wave ${wave}.`);
  await startStep(store, deployment, wave);
  const { deploymentId } = await admission.admit({
    ...requestOfWave(release, change),
    parent: { deployment, wave },
    idempotency: { key: `wave-${deployment}-${wave}-${attempt}`, fingerprint: deployment },
  });
  return { child: deploymentId };
}

async function seeWave({ store }: WaveDeps, ref: WaveChildRef): Promise<WaveSeen> {
  const { deployment, child } = ref;
  const found = (await childrenOf(store.db, deployment)).find(({ id }) => id === child);
  if (found === undefined) throw notFound(`There is no deployment '${child}'.`);
  if (ref.wave !== undefined) await note(store, { ...ref, wave: ref.wave }, found);
  const { state, description } = found;
  return { state, description };
}

/** The progress of a wave is that of its deployment. */
async function note(store: Store, ref: WaveChildRef & { wave: number }, child: WaveChild): Promise<void> {
  const { deployment, wave, environment } = ref;
  await recordAction(
    store,
    { deployment, step: wave, index: 0 },
    {
      action: 'ReleaseWave',
      app: environment,
      state: child.state === 'succeeded' ? 'done' : 'running',
      description: `deployment ${child.id}: ${child.description}`,
    },
  );
}

/** Ends a wave that runs, or undoes one that is done; the deployment to wait for, if any. */
async function endWave(deps: WaveDeps, end: WaveEnd): Promise<{ child?: string }> {
  const last = (await childrenOf(deps.store.db, end.deployment)).findLast(({ wave }) => wave === end.wave);
  if (last === undefined) return {};
  if (!isEnded(last.state)) return endLive(deps, last.id, end);
  const isUndone = end.how === 'close' || last.state === 'cancelled' || last.state === 'superseded';
  return isUndone ? {} : undo(deps, last.id, end);
}

async function endLive(deps: WaveDeps, child: string, { how, body }: WaveEnd): Promise<{ child: string }> {
  try {
    await giveCommand(deps, child, how, body);
  } catch (error) {
    // It is ending already, or has ended meanwhile.
    if (!(error instanceof TerminalError) || error.code !== 'not_applicable') throw error;
  }
  return { child };
}

async function undo({ store, admission }: WaveDeps, child: string, end: WaveEnd): Promise<{ child: string }> {
  const { deployment, wave, body } = end;
  const release = await loadRelease(store.db, deployment);
  const environment = release.waves[wave - 1]?.environment ?? '';
  const { deploymentId } = await admission.admit({
    environment,
    change: { kind: 'revert', deployment: child },
    force: true,
    options: rollbackOptions(release),
    by: body.by ?? 'anonymous',
    reason: body.reason ?? '',
    channel: 'system',
    rollbackOf: child,
    parent: { deployment },
    idempotency: { key: `undo-${deployment}-${wave}`, fingerprint: deployment },
  });
  return { child: deploymentId };
}
