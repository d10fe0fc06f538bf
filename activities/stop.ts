import type { App } from '../src/model/app.js';
import { isAlive } from '../src/model/instance.js';
import type { ActivityDeps } from './deps.js';
import { watchUntil } from './watching.js';

/** Declares that nothing of the app is wanted any more and waits until all instances have ended. */
export async function stopAll(deps: ActivityDeps, app: App, deployment: string): Promise<void> {
  const nothing = { definitions: {}, split: {}, bounds: { minReady: 0, maxTotal: 0 }, minReadySeconds: 0 };
  await deps.runtime.apply(app, { ...nothing, removed: true }, { deployment });
  await watchUntil(deps.runtime, app.id, async ({ instances }) => {
    const left = instances.filter((instance) => isAlive(instance.state)).length;
    return left > 0 ? { waitsFor: `${left} instances to end` } : undefined;
  });
  await deps.runtime.flush();
}
