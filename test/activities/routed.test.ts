import { describe, expect, it } from 'vitest';
import { routedActivities } from '../../activities/routed.js';
import {
  type ActionRef,
  type BatchRef,
  RUNTIME_ACTIVITIES,
  type RuntimeActivities,
} from '../../activities/types.js';

/** Tells who was called with what. */
function recording(told: string[], environment: string): RuntimeActivities {
  const called = RUNTIME_ACTIVITIES.map((name) => [
    name,
    async () => {
      told.push(`${environment} ${name}`);
      return { failed: 0 };
    },
  ]);
  return Object.fromEntries(called);
}

function refIn(environment: string): BatchRef {
  const action = { action: 'ScaleApplication', app: '/web' } as const;
  const goal = { new: 1, old: 0 };
  const place = { deployment: 'd', environment, step: 1, index: 0, action };
  return { ...place, batch: 1, batches: 1, goal, options: {}, budget: 0 };
}

const CALLS: Record<keyof RuntimeActivities, (all: RuntimeActivities, ref: BatchRef) => Promise<unknown>> = {
  resolveArtifacts: (all, ref) => all.resolveArtifacts(ref),
  startApplication: (all, ref) => all.startApplication([ref]),
  scaleApplication: (all, ref) => all.scaleApplication(ref),
  restartApplication: (all, ref) => all.restartApplication(ref),
  killOldTasks: (all, ref) => all.killOldTasks(ref),
  stopApplication: (all, ref) => all.stopApplication(ref),
  replaceFailed: (all, { environment }) => all.replaceFailed({ environment, app: '/web', instances: [] }),
  restoreApplication: (all, { deployment, environment }) =>
    all.restoreApplication({ deployment, environment, app: '/web' }),
};

describe('runtime activities of a worker for several environments', () => {
  it.each(RUNTIME_ACTIVITIES)('%s goes to the environment that it names', async (name) => {
    const told: string[] = [];
    const all = routedActivities(
      new Map(['test', 'production'].map((each) => [each, recording(told, each)] as const)),
    );
    await CALLS[name](all, refIn('production'));
    await CALLS[name](all, refIn('test'));
    expect(told).toEqual([`production ${name}`, `test ${name}`]);
  });

  it('says which environment has no runtime here', async () => {
    const all = routedActivities(new Map());
    const refs: ActionRef[] = [refIn('staging')];
    expect(() => all.startApplication(refs)).toThrow('environment staging has no runtime here');
  });
});
