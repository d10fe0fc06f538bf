import type { Logger } from 'pino';
import { createDispatcher, type Dispatcher } from '../admission/dispatcher.js';
import { createWatcher } from '../admission/watcher.js';
import { createTeller } from '../admission/waves/teller.js';
import type { Store } from '../store/store.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import type { Closing } from './closing.js';

/** Notifications bring both forward; these only find what a crash left behind. */
const DISPATCH_MS = 1_000;
const WATCH_MS = 2_000;
const TELL_MS = 1_000;

interface Deps {
  store: Store;
  workflows: DeploymentWorkflows;
  log: Logger;
}

export function dispatcherOf(deps: Deps): Dispatcher {
  return createDispatcher({ ...deps, intervalMs: DISPATCH_MS });
}

/**
 * Starts what hands accepted deployments to Temporal, what notices those that were ended there, and what tells releases of
 * their waves. Any number of
 * processes may do so at once: both derive from the database what is to be done, and doing it twice does nothing.
 */
export async function startDispatching(dispatcher: Dispatcher, deps: Deps, closing: Closing): Promise<void> {
  await dispatcher.start();
  closing.add('dispatcher', () => dispatcher.stop());
  const watcher = createWatcher({ ...deps, intervalMs: WATCH_MS });
  watcher.start();
  closing.add('watcher', () => watcher.stop());
  const teller = createTeller({ ...deps, intervalMs: TELL_MS });
  await teller.start();
  closing.add('teller', () => teller.stop());
}
