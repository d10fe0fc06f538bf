import { TerminalError } from '../../src/errors.js';
import type { Strategy } from '../../src/model/app.js';
import type { DeploymentState, Step } from '../../src/model/deployment.js';
import { appOf, V1, V2 } from '../helpers/apps.js';
import type { Stage } from '../helpers/stage.js';
import { until } from '../helpers/until.js';

/** Carries a deployment to its end and returns its id. */
type Scenario = (stage: Stage, app: string) => Promise<string>;

const strategy = { type: 'marathon', minimumHealthCapacity: 0.6 } as const;

/** One for every kind of end and way there; each has a recorded history. */
export const SCENARIOS: Record<string, Scenario> = {
  'succeeded-create': async (stage, app) => {
    stage.work.set(app, { target: appOf(app, V1, { instances: 2 }), options: {} });
    return finish(stage, await stage.deploy(createSteps(app)));
  },
  'succeeded-upgrade': async (stage, app) => finish(stage, await stage.deploy(upgrade(stage, app))),
  stopped: async (stage, app) => {
    stage.work.set(app, { original: appOf(app, V1), options: {} });
    stage.runtime.seed(app, V1, 2);
    return finish(stage, await stage.deploy([{ actions: [{ action: 'StopApplication', app }] }]));
  },
  'killed-old': async (stage, app) => finish(stage, await stage.deploy(recreate(stage, app))),
  'paused-resumed': async (stage, app) => {
    const id = await stage.deploy(upgrade(stage, app), { pauseMode: 'first' });
    await gate(stage, id, 'pause');
    await stage.handle(id).signal('resume', { by: 'bot', requestId: 'r1' });
    return finish(stage, id);
  },
  advanced: async (stage, app) => {
    const id = await stage.deploy(upgrade(stage, app), { pauseMode: 'each' });
    await gate(stage, id, 'pause');
    await stage.workflows.command(id, 'advance', { expect: { step: 1 } });
    return finish(stage, id);
  },
  cancelled: async (stage, app) => {
    const id = await stuck(stage, app);
    await stage.workflows.command(id, 'cancel', { by: 'ana' });
    return finish(stage, id);
  },
  'cancelled-in-ui': async (stage, app) => {
    const id = await stuck(stage, app);
    await stage.handle(id).cancel();
    return finish(stage, id);
  },
  closed: async (stage, app) => {
    const id = await stuck(stage, app);
    await stage.workflows.command(id, 'close', { by: 'ana' });
    return finish(stage, id);
  },
  superseded: async (stage, app) => {
    const id = await stuck(stage, app);
    await stage.workflows.supersede(id, 'newer');
    return finish(stage, id);
  },
  forced: async (stage, app) => {
    const id = await stuck(stage, app);
    await stage.workflows.command(id, 'force', { by: 'ana', reason: 'known' });
    await until(() => stage.progress.some((p) => p.app === app && p.batch === 2));
    stage.runtime.judge(() => true);
    return finish(stage, id);
  },
  'held-batch-retried': async (stage, app) => {
    stage.runtime.judge((_app, version) => version === V1);
    const id = await stage.deploy(upgrade(stage, app), { progressDeadlineSeconds: 0.3 });
    await gate(stage, id, 'failure');
    await stage.workflows.command(id, 'retry', { by: 'ana' });
    await until(() => decisions(stage, id, 'hold') === 2, { what: 'the second hold' });
    stage.runtime.judge(() => true);
    return finish(stage, id);
  },
  'rolled-back': async (stage, app) => {
    stage.runtime.judge((_app, version) => version === V1);
    const options = { progressDeadlineSeconds: 0.3, holdSeconds: 0.5, onFailure: 'rollback' } as const;
    return finish(stage, await stage.deploy(upgrade(stage, app), options));
  },
  'approved-in-window': async (stage, app) => {
    const opens = Date.now() + 1_000;
    const until = new Date(opens).toISOString();
    stage.calendar = ({ at }) =>
      Date.parse(at) >= opens
        ? { open: true }
        : { open: false, by: ['window nights'], until, description: 'the window nights is not open' };
    const approval = { required: 1, from: ['eva'], expiresSeconds: 600 };
    const id = await stage.deploy(upgrade(stage, app), { approval }, { calendar: true });
    await gate(stage, id, 'approval');
    await stage.workflows.command(id, 'approve', { by: 'eva' });
    return finish(stage, id);
  },
  'canary-edited': async (stage, app) => {
    const steps = upgrade(stage, app, { type: 'canary', steps: [{ instances: 1, manual: true }] });
    const id = await stage.deploy(steps);
    await gate(stage, id, 'pause');
    await stage.workflows.command(id, 'edit', { options: { strategy: { type: 'batches', batches: 2 } } });
    await stage.workflows.command(id, 'advance', {});
    return finish(stage, id);
  },
  'held-retried': async (stage, app) => {
    stage.work.set(app, { target: appOf(app, V1, { instances: 2 }), options: {} });
    stage.runtime.resolveError = new TerminalError('not_found', 'the archive is not there');
    const id = await stage.deploy([{ actions: [{ action: 'ResolveArtifacts', app }] }, ...createSteps(app)]);
    await gate(stage, id, 'failure');
    stage.runtime.resolveError = undefined;
    await stage.handle(id).signal('retry', { by: 'ana' });
    return finish(stage, id);
  },
  'waves-succeeded': async (stage, app) => {
    const id = await stage.deploy(waves(app, 'manual'));
    await becomes(stage, id, 'wave-1-1', 'succeeded');
    await gate(stage, id, 'pause');
    await stage.workflows.command(id, 'resume', { by: 'ana' });
    await becomes(stage, id, 'wave-2-1', 'succeeded');
    return finish(stage, id);
  },
  'wave-held-retried': async (stage, app) => {
    const id = await stage.deploy(waves(app));
    await becomes(stage, id, 'wave-1-1', 'held');
    await gate(stage, id, 'failure');
    await stage.workflows.command(id, 'retry', { by: 'ana' });
    await handedOn(stage, `${id}-wave-1-1`, 'retry');
    await becomes(stage, id, 'wave-1-1', 'failed');
    await until(() => decisions(stage, id, 'hold') === 1, { what: 'the hold of the release' });
    await stage.workflows.command(id, 'retry', { by: 'ana' });
    await becomes(stage, id, 'wave-1-2', 'succeeded');
    await becomes(stage, id, 'wave-2-1', 'succeeded');
    return finish(stage, id);
  },
  'waves-cancelled': async (stage, app) => {
    const id = await stage.deploy(waves(app));
    await becomes(stage, id, 'wave-1-1', 'succeeded');
    await becomes(stage, id, 'wave-2-1', 'running');
    await stage.workflows.command(id, 'cancel', { by: 'ana' });
    await handedOn(stage, `${id}-wave-2-1`, 'cancel');
    await becomes(stage, id, 'wave-2-1', 'cancelled');
    await becomes(stage, id, 'undo-1', 'succeeded');
    return finish(stage, id);
  },
};

/** A release in two environments. */
function waves(app: string, gate?: 'manual'): Step[] {
  const wave = (environment: string, before: { gate?: 'manual' }): Step => ({
    actions: [
      { action: 'ReleaseWave', app: environment, reason: `changes ${app}`, wave: { environment, ...before } },
    ],
  });
  return [wave('test', {}), wave('production', gate ? { gate } : {})];
}

/** The deployment of a wave was begun and comes so far; the release is told. */
async function becomes(stage: Stage, id: string, wave: string, state: DeploymentState): Promise<void> {
  const child = `${id}-${wave}`;
  await until(() => stage.waves.begun.includes(child), { what: `the beginning of ${wave}` });
  stage.waves.become(child, state);
  await stage.workflows.waveChanged(id);
}

function handedOn(stage: Stage, to: string, wanted: string): Promise<unknown> {
  const is = () => stage.waves.handedOn.some(({ child, command }) => child === to && command === wanted);
  return until(is, { what: `${wanted} to be handed on` });
}

function createSteps(app: string): Step[] {
  const rollout = { instances: 2, from: 0, strategy };
  return [
    { actions: [{ action: 'StartApplication', app }] },
    { actions: [{ action: 'ScaleApplication', app, rollout }] },
  ];
}

function seedUpgrade(stage: Stage, app: string): void {
  const [original, target] = [appOf(app, V1, { instances: 10 }), appOf(app, V2, { instances: 10 })];
  stage.work.set(app, { original, target, options: {} });
  stage.runtime.seed(app, V1, 10);
}

function upgrade(stage: Stage, app: string, by: Strategy = strategy): Step[] {
  seedUpgrade(stage, app);
  return [
    { actions: [{ action: 'RestartApplication', app, rollout: { instances: 10, from: 10, strategy: by } }] },
  ];
}

function decisions(stage: Stage, id: string, command: string): number {
  const all = stage.transitions.filter(({ deployment }) => deployment === id);
  return all.flatMap(({ decided = [] }) => decided).filter((entry) => entry.command === command).length;
}

function recreate(stage: Stage, app: string): Step[] {
  seedUpgrade(stage, app);
  const rollout = { instances: 10, from: 10, strategy: { type: 'recreate' } } as const;
  return [
    { actions: [{ action: 'KillAllOldTasksOf', app, rollout }] },
    { actions: [{ action: 'ScaleApplication', app, rollout }] },
  ];
}

/** An upgrade whose first batch waits for instances that do not get ready. */
async function stuck(stage: Stage, app: string): Promise<string> {
  stage.runtime.judge((_app, version) => version === V1);
  const id = await stage.deploy(upgrade(stage, app));
  await until(() => stage.runtime.versions(app).length === 12, { what: 'the first batch' });
  return id;
}

async function gate(stage: Stage, id: string, kind: string): Promise<void> {
  await until(() => stage.transitions.some((t) => t.deployment === id && t.gate?.kind === kind), {
    what: `gate ${kind}`,
  });
}

async function finish(stage: Stage, id: string): Promise<string> {
  await stage
    .handle(id)
    .result()
    .catch(() => undefined);
  stage.runtime.judge(() => true);
  stage.calendar = () => ({ open: true });
  return id;
}
