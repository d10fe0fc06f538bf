import { type App, runVersion, type Timestamp } from '../src/model/app.js';
import { type Instance, isAlive, type Observation } from '../src/model/instance.js';
import type { Seen } from '../src/planning/types.js';

/** An app's instances as the engine sees them: one with an ordinal that is not wanted is as good as gone. */
export function seenOf({ instances }: Observation, target: App): Seen[] {
  const isSurplus = ({ ordinal = 0 }: Instance) => target.stateful === true && ordinal >= target.instances;
  return instances
    .filter((instance) => isAlive(instance.state))
    .map((instance) => ({
      version: instance.version,
      ready: instance.ready,
      ending: instance.state === 'killing' || isSurplus(instance),
    }));
}

/** What is wanted now: as it was declared last, also where that is not there for the moment; else what is there. */
export function declaredOf(observation: Observation, target: App): Record<Timestamp, number> {
  const { declared } = observation;
  if (!declared) return present(observation);
  return target.stateful ? filled(declared, observation, target) : declared;
}

/** Places that an old version never filled are not waited for: they take the new one. */
function filled(
  declared: Record<Timestamp, number>,
  observation: Observation,
  target: App,
): Record<Timestamp, number> {
  const counts = Object.entries(declared).map(([version, count]) =>
    version === runVersion(target) ? [version, count] : [version, count - emptyOf(observation, version)],
  );
  return Object.fromEntries(counts);
}

/** Places of a stateful app that the version was never started in, because they wait for others. */
export function emptyOf({ waiting }: Observation, of: Timestamp): number {
  const found = waiting.filter(({ reason, version }) => reason === 'order' && version === of);
  return found.reduce((sum, { count }) => sum + count, 0);
}

/** What is there and not ending, and what waits to be started. */
function present({ instances, waiting }: Observation): Record<Timestamp, number> {
  const declared: Record<Timestamp, number> = {};
  const add = (version: Timestamp, count: number) => {
    declared[version] = (declared[version] ?? 0) + count;
  };
  for (const { version, state } of instances) if (isAlive(state) && state !== 'killing') add(version, 1);
  for (const { version, count } of waiting) add(version, count);
  return declared;
}
