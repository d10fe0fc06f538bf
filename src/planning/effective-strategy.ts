import { invalidAt } from '../errors.js';
import type { App, Strategy } from '../model/app.js';
import type { DeploymentOptions } from '../model/deployment.js';
import { NEVER_BESIDE } from '../model/validate-stateful.js';
import { bounds, surgeAndUnavailable } from './bounds.js';

/**
 * The strategy that a release of the app takes: the deployment's own, else the app's default, else Marathon's.
 * An app with persistent volumes is never rolled beyond its count, since the volume of an instance is taken until it
 * has ended; one more is unavailable instead (Marathon 1.11 RestartStrategy, resident).
 *
 * @throws TerminalError `invalid` where the app is stateful and the strategy would run two instances in one place
 */
export function effectiveStrategy(app: App, options: DeploymentOptions): Strategy {
  const strategy = options.strategy ??
    app.release?.strategy ?? { type: 'marathon' as const, ...app.upgradeStrategy };
  if (app.stateful) return inPlace(strategy, app);
  return isResident(app) ? withoutSurge(strategy, app.instances) : strategy;
}

/** Instances of a stateful app are replaced one by one in place; what a strategy says of stops between them holds. */
function inPlace(strategy: Strategy, { id }: App): Strategy {
  if (strategy.type === 'blueGreen') throw invalidAt('/strategy', `${id} is stateful: ${NEVER_BESIDE}`);
  return strategy;
}

/** Whether its instances keep a volume of their own. */
export function isResident(app: App): boolean {
  return (app.container?.volumes ?? []).some(({ persistent }) => persistent !== undefined);
}

function withoutSurge(strategy: Strategy, n: number): Strategy {
  switch (strategy.type) {
    case 'marathon': {
      if (strategy.minimumHealthCapacity === 0) return strategy;
      const { minReady } = bounds(strategy, n, n);
      return { type: 'rolling', maxSurge: 0, maxUnavailable: Math.max(1, n - minReady) };
    }
    case 'rolling': {
      const { unavailable } = surgeAndUnavailable(strategy, n);
      return { ...strategy, maxSurge: 0, maxUnavailable: Math.max(1, unavailable) };
    }
    case 'recreate':
    case 'batches':
    case 'canary':
    case 'blueGreen':
      return strategy;
  }
}
