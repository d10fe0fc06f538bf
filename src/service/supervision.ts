import { join } from 'node:path';
import type { Logger } from 'pino';
import { createArtifactCache } from '../artifacts/cache.js';
import type { Config } from '../config.js';
import { createProcessRuntime, type ProcessRuntime } from '../runtimes/process/runtime.js';
import { projectionOf } from '../store/instances.js';
import type { Store } from '../store/store.js';
import { targetStore } from '../store/targets.js';
import { ENVIRONMENT } from './environment.js';

/** The runtime of the home; it does nothing before its `start`. `host` is where instances are reached. */
export function createRuntime(config: Config, host: string, store: Store, log: Logger): ProcessRuntime {
  const { home, attributes, capacity, instancePorts } = config;
  return createProcessRuntime({
    home,
    host,
    portRange: [instancePorts.first, instancePorts.last],
    attributes,
    capacity,
    targets: targetStore(store, ENVIRONMENT),
    projection: projectionOf(store, ENVIRONMENT),
    artifacts: createArtifactCache({ dir: join(home, 'artifacts'), log }),
    log,
  });
}
