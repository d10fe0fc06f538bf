import { ApplicationFailure } from '@temporalio/common';
import { type App, runVersion, type Timestamp } from '../src/model/app.js';
import type { Observation } from '../src/model/instance.js';
import { planBatches } from '../src/planning/batches.js';
import { effectiveStrategy } from '../src/planning/effective-strategy.js';
import { nextSplit } from '../src/planning/rolling.js';
import type { Batches } from '../src/planning/types.js';
import type { ActivityDeps, Work } from './deps.js';
import { progressOf, waitingFor } from './describe.js';
import { ProgressLog } from './progress-log.js';
import { type Memory, ProgressWatch } from './progress-watch.js';
import { declaredOf, emptyOf, seenOf } from './seen.js';
import { settleSeconds } from './settle-seconds.js';
import { BATCH_FAILED, type BatchFailure, type BatchRef, type BatchResult } from './types.js';
import { rememberedFrom, watchUntil } from './watching.js';

/** A batch of one app on its way to `target`. */
interface Roll {
  ref: BatchRef;
  target: App;
  batches: Batches;
  minReadySeconds: number;
  /** An instance counts once it is started. */
  acceptUnready: boolean;
  /** The last split declared by this attempt; what was declared before is told by what is there. */
  declared?: Record<Timestamp, number>;
}

/**
 * Carries one batch out: asks the engine for the next split, declares it, waits for a change, until the
 * batch's goal is reached. Everything is derived from what is observed, so a retry goes on where it was.
 * Throws BATCH_FAILED where the batch must hold.
 */
export async function rollTo(
  deps: ActivityDeps,
  ref: BatchRef,
  target: App,
  work: Work,
): Promise<BatchResult> {
  const roll = rollOf(ref, target, work);
  const version = runVersion(target);
  const log = new ProgressLog((progress) => deps.journal.recordAction(ref, progress));
  const watch = new ProgressWatch(ref, version, rememberedFrom<Memory>('memory'));
  await watchUntil(deps.runtime, target.id, async (observation) => {
    const waitsFor = waitingFor(observation, version, ref.goal);
    const failure = ref.patient ? undefined : watch.look(observation, waitsFor);
    if (watch.goesOnWithout) roll.acceptUnready = true;
    if (await advance(deps, roll, observation)) {
      await deps.runtime.flush();
      await log.last(progressOf(ref, observation, version, ref.batch === ref.batches));
      return undefined;
    }
    const progress = progressOf(ref, observation, version, false);
    await (failure ? log.last(progress) : log.write(progress));
    if (failure) throw batchFailed(failure);
    return { waitsFor, memory: watch.memory() };
  });
  return { failed: watch.failures };
}

function rollOf(ref: BatchRef, target: App, work: Work): Roll {
  const { rollout } = ref.action;
  if (!rollout) throw new Error(`${ref.action.action} of ${target.id} has no rollout`);
  // An edited strategy has not met the app's volumes yet.
  const strategy = effectiveStrategy(target, { strategy: rollout.strategy });
  return {
    ref,
    target,
    batches: planBatches({ ...rollout, strategy }),
    minReadySeconds: settleSeconds(target, { ...work, options: ref.options }),
    acceptUnready: ref.acceptUnready ?? false,
  };
}

function batchFailed({ failed, why }: { failed: string[]; why: string }): ApplicationFailure {
  const details: BatchFailure = { failed };
  return ApplicationFailure.create({
    message: why,
    type: BATCH_FAILED,
    nonRetryable: true,
    details: [details],
  });
}

/** True when the goal is reached; else what can be declared now is declared. */
async function advance(deps: ActivityDeps, roll: Roll, observation: Observation): Promise<boolean> {
  const { ref, target, batches } = roll;
  const decision = nextSplit({
    batches,
    goal: ref.goal,
    target: runVersion(target),
    seen: seenOf(observation, target),
    declared: roll.declared ?? declaredOf(observation, target),
    empty: emptyOf(observation, runVersion(target)),
    ...(roll.acceptUnready ? { acceptUnready: true } : {}),
  });
  if (decision.kind === 'split') await declare(deps, roll, decision.split, observation);
  else if (!roll.declared) await declare(deps, roll, unchanged(target, observation), observation);
  return decision.kind === 'done';
}

/** Once at least the app is declared, for its checks, back-off and bounds may be new where no count is. */
function unchanged(target: App, observation: Observation): Record<Timestamp, number> {
  return { [runVersion(target)]: 0, ...declaredOf(observation, target) };
}

async function declare(
  deps: ActivityDeps,
  roll: Roll,
  split: Record<Timestamp, number>,
  observation: Observation,
): Promise<void> {
  const { ref, target, batches } = roll;
  const versions = [...Object.keys(split), ...(target.stateful ? versionsIn(observation) : [])];
  const killFirst = ref.action.kill;
  await deps.runtime.apply(
    target,
    {
      definitions: await definitionsOf(deps, ref.environment, target, versions),
      split,
      bounds: batches.bounds,
      minReadySeconds: roll.minReadySeconds,
      ...(killFirst ? { killFirst } : {}),
    },
    { deployment: ref.deployment },
  );
  roll.declared = split;
}

/** An ordinal's instance may have to come back in the version that it had, whatever the split says of that version. */
function versionsIn({ instances }: Observation): Timestamp[] {
  return instances.map(({ version }) => version);
}

async function definitionsOf(deps: ActivityDeps, environment: string, target: App, versions: Timestamp[]) {
  const definitions: Record<Timestamp, App> = { [runVersion(target)]: target };
  for (const version of versions) {
    if (definitions[version]) continue;
    const definition = await deps.journal.definition(environment, target.id, version);
    if (definition) definitions[version] = definition;
  }
  return definitions;
}
