import type { DeploymentOptions, Step } from '../../src/model/deployment.js';
import { appOf, V1, V2 } from '../helpers/apps.js';
import type { Stage } from '../helpers/stage.js';
import { until } from '../helpers/until.js';

/** The histories of the first run and of the one that goes on. */
export const CONTINUED = ['continued-as-new', 'continued-as-new-next'] as const;

/** So long a history makes Temporal suggest a new run; 4,096 elsewhere. */
export const EVENTS_OF_A_RUN = 45;

const INSTANCES = 10;

/** An upgrade, one instance a batch, of which the batches are edited in the first run; ids of it and of its first run. */
export async function upgradeInTwoRuns(stage: Stage, app: string): Promise<{ id: string; first: string }> {
  const of = (version: string) => appOf(app, version, { instances: INSTANCES });
  stage.work.set(app, { original: of(V1), target: of(V2), options: {} });
  stage.runtime.seed(app, V1, INSTANCES);
  const strategy = { type: 'batches', batches: 2 } as const;
  const rollout = { instances: INSTANCES, from: INSTANCES, strategy };
  const steps: Step[] = [{ actions: [{ action: 'RestartApplication', app, rollout }] }];
  const id = await stage.deploy(steps, { pauseMode: 'first' });
  const first = (await stage.handle(id).describe()).runId;
  await until(() => stage.transitions.some(({ gate }) => gate?.kind === 'pause'), { what: 'the pause' });
  const options: DeploymentOptions = { strategy: { type: 'batches', batches: [5, 1, 1, 1, 1, 1] } };
  await stage.workflows.command(id, 'edit', { by: 'ana', options });
  await stage.handle(id).signal('resume', { by: 'ana', requestId: 'once' });
  return { id, first };
}
