import type { Timestamp } from '../src/model/app.js';
import type { ActionProgress, Counts } from '../src/model/deployment.js';
import { type Instance, isAlive, type Observation } from '../src/model/instance.js';
import type { BatchRef } from './types.js';

/** So many unready instances are named one by one. */
const NAMED = 3;

/** Old and new instances as they are, against what the batch wants. */
function countsOf(observation: Observation, version: Timestamp, goal: { new: number; old: number }) {
  const alive = observation.instances.filter((instance) => isAlive(instance.state));
  const isNew = (instance: Instance) => instance.version === version;
  return {
    new: count(alive.filter(isNew), goal.new),
    old: count(
      alive.filter((instance) => !isNew(instance)),
      goal.old,
    ),
  };
}

function count(instances: Instance[], wanted: number): Counts {
  return { running: instances.length, ready: instances.filter((i) => i.ready).length, wanted };
}

/** "4/6 ready; <instance>: connection refused on 31005": what a batch waits for, for a person. */
export function waitingFor(
  observation: Observation,
  version: Timestamp,
  goal: { new: number; old: number },
): string {
  const counts = countsOf(observation, version, goal);
  const parts = [`${counts.new.ready}/${goal.new} ready`];
  if (counts.old.running > goal.old) parts.push(`${counts.old.running - goal.old} old to end`);
  return [...parts, ...reasons(observation, version)].join('; ');
}

function reasons({ instances, waiting, lastFailure }: Observation, version: Timestamp): string[] {
  const unready = instances.filter((i) => i.version === version && isAlive(i.state) && !i.ready);
  const named = unready.slice(0, NAMED).map((i) => `${i.id}: ${i.message ?? i.state}`);
  const waits = waiting
    .filter((w) => w.version === version)
    .map((w) => `${w.count} waiting: ${w.description}`);
  const failure = lastFailure && waits.length > 0 ? [`last failure: ${lastFailure.message}`] : [];
  return [
    ...named,
    ...(unready.length > NAMED ? [`${unready.length - NAMED} more`] : []),
    ...waits,
    ...failure,
  ];
}

/** The progress of a batch as kept and shown. */
export function progressOf(
  ref: BatchRef,
  observation: Observation,
  version: Timestamp,
  done: boolean,
): ActionProgress {
  const readiness = observation.instances
    .filter((i) => isAlive(i.state) && i.readinessResults.length > 0)
    .map((i) => ({ instance: i.id, results: i.readinessResults }));
  return {
    action: ref.action.action,
    app: ref.action.app,
    state: done ? 'done' : 'running',
    description: done ? `${ref.goal.new} ready` : waitingFor(observation, version, ref.goal),
    batch: ref.batch,
    batches: ref.batches,
    ...countsOf(observation, version, ref.goal),
    ...(readiness.length > 0 ? { readiness } : {}),
  };
}
