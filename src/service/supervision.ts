import { join } from 'node:path';
import type { Logger } from 'pino';
import { createArtifactCache } from '../artifacts/cache.js';
import type { EnvironmentConfig } from '../environments.js';
import { createProcessRuntime, type ProcessRuntime } from '../runtimes/process/runtime.js';
import type { Retention } from '../runtimes/supervisor/retention.js';
import { projectionOf } from '../store/instances.js';
import type { Store } from '../store/store.js';
import { targetStore } from '../store/targets.js';
import type { Telemetry } from './telemetry.js';

/** Where the instances of an environment are. */
interface Place {
  /** Folder of its instances; absolute. */
  home: string;
  /** Where instances are reached. */
  host: string;
  /** Of ended ones. */
  retention: Retention;
}

/** The runtime of an environment; it does nothing before its `start`. */
export function createRuntime(
  { name, capacity, attributes, instancePorts }: EnvironmentConfig,
  { home, host, retention }: Place,
  store: Store,
  { log, telemetry }: { log: Logger; telemetry: Pick<Telemetry, 'artifacts' | 'instances'> },
): ProcessRuntime {
  const own = log.child({ environment: name });
  const runtime = createProcessRuntime({
    home,
    host,
    portRange: [instancePorts.first, instancePorts.last],
    attributes,
    capacity,
    retention,
    targets: targetStore(store, name),
    projection: projectionOf(store, name),
    artifacts: createArtifactCache({
      dir: join(home, 'artifacts'),
      log: own,
      observer: telemetry.artifacts,
    }),
    log: own,
    observer: telemetry.instances.observer(name, own),
  });
  telemetry.instances.show(name, () => runtime.figures());
  return runtime;
}
