import { Context } from '@temporalio/activity';
import type { App, PathId } from '../src/model/app.js';
import { ACTIONS, type ActionState } from '../src/model/deployment.js';
import { isAlive } from '../src/model/instance.js';
import { effectiveStrategy } from '../src/planning/plan.js';
import type { ActivityDeps, Work } from './deps.js';
import { guard } from './guard.js';
import { rollTo } from './roll.js';
import { stopAll } from './stop.js';
import type { ActionRef, BatchRef, BatchResult, RuntimeActivities } from './types.js';

/** The activities that touch a runtime. Each may run more than once: they declare, and wait for what they observe. */
export function createRuntimeActivities(deps: ActivityDeps): RuntimeActivities {
  const batch = (ref: BatchRef) => guard(() => runBatch(deps, ref));
  return {
    resolveArtifacts: (ref) => guard(() => resolveArtifacts(deps, ref)),
    startApplication: (refs) => guard(() => startApplications(deps, refs)),
    scaleApplication: batch,
    restartApplication: batch,
    killOldTasks: batch,
    stopApplication: (ref) => guard(() => stopApplication(deps, ref)),
    replaceFailed: (ref) => guard(() => replaceFailed(deps, ref)),
    restoreApplication: (ref) => guard(() => restoreApplication(deps, ref)),
  };
}

async function resolveArtifacts(deps: ActivityDeps, ref: ActionRef): Promise<void> {
  const target = wanted(ref, await begin(deps, ref));
  const beat = setInterval(() => Context.current().heartbeat(`fetching artifacts of ${target.id}`), 1000);
  try {
    await deps.runtime.resolve(target, Context.current().cancellationSignal);
  } finally {
    clearInterval(beat);
  }
  await note(deps, ref, 'done', 'resolved');
}

async function startApplications(deps: ActivityDeps, refs: ActionRef[]): Promise<void> {
  for (const ref of refs) await startApplication(deps, ref);
}

async function startApplication(deps: ActivityDeps, ref: ActionRef): Promise<void> {
  const app = wanted(ref, await begin(deps, ref));
  const { instances } = await deps.runtime.observe(app.id);
  // A retry must not take away what a later action declared.
  if (instances.length === 0) {
    const bounds = { minReady: 0, maxTotal: 0 };
    const none = { definitions: {}, split: {}, bounds, minReadySeconds: 0 };
    await deps.runtime.apply(app, none, { deployment: ref.deployment });
  }
  await note(deps, ref, 'done', 'known');
}

async function runBatch(deps: ActivityDeps, ref: BatchRef): Promise<BatchResult> {
  const work = await begin(deps, ref);
  return rollTo(deps, ref, wanted(ref, work), work);
}

/** Ready ones are left alone, also where they failed before: they got ready after all. */
async function replaceFailed(
  { runtime }: ActivityDeps,
  { app, instances }: { app: PathId; instances: string[] },
): Promise<void> {
  const { instances: seen } = await runtime.observe(app);
  const unready = seen.filter(({ id, state, ready }) => instances.includes(id) && isAlive(state) && !ready);
  if (unready.length > 0) await runtime.kill(unready.map(({ id }) => id));
  await runtime.resetDelay(app);
}

async function stopApplication(deps: ActivityDeps, ref: ActionRef): Promise<void> {
  const work = await begin(deps, ref);
  if (work.original) await stopAll(deps, work.original, ref.deployment);
  await note(deps, ref, 'done', 'stopped');
}

async function restoreApplication(
  deps: ActivityDeps,
  { deployment, environment, app }: { deployment: string; environment: string; app: string },
): Promise<void> {
  const work = await deps.journal.work(deployment, app);
  const { original, target } = work;
  if (!original) {
    if (target) await stopAll(deps, target, deployment);
    return;
  }
  const { instances } = original;
  const rollout = {
    instances,
    from: target?.instances ?? instances,
    strategy: effectiveStrategy(original, work.options),
    ...(original.stateful && { ordered: true as const }),
  };
  const action = { action: 'RestartApplication', app, rollout } as const;
  const goal = { new: instances, old: 0 };
  // Step 0: progress of a restore is not that of any step.
  const ref: BatchRef = {
    deployment,
    environment,
    step: 0,
    index: 0,
    action,
    batch: 1,
    batches: 1,
    goal,
    options: work.options,
    budget: 0,
    patient: true,
  };
  await rollTo(
    { ...deps, journal: { ...deps.journal, recordAction: async () => undefined } },
    ref,
    original,
    work,
  );
}

function begin(deps: ActivityDeps, { deployment, step, action: { app } }: ActionRef): Promise<Work> {
  return deps.journal.begin({ deployment, step, app });
}

function wanted(ref: ActionRef, { target }: Work): App {
  if (!target)
    throw new Error(`${ref.action.action} of ${ref.action.app}, which deployment ${ref.deployment} removes`);
  return target;
}

async function note(
  deps: ActivityDeps,
  ref: ActionRef,
  state: ActionState,
  description: string,
): Promise<void> {
  const { action, app } = ref.action;
  await deps.journal.recordAction(ref, { action, app, state, description: description || ACTIONS[action] });
}
