import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createAdmission } from '../admission/admission.js';
import { createDispatcher } from '../admission/dispatcher.js';
import { createWatcher } from '../admission/watcher.js';
import { createApi } from '../api/server.js';
import { createArtifactCache } from '../artifacts/cache.js';
import type { Config } from '../config.js';
import { TerminalError } from '../errors.js';
import { openHome } from '../home.js';
import { ownVersion } from '../os/own-version.js';
import { isPortFree } from '../os/ports.js';
import { createProcessRuntime, type ProcessRuntime } from '../runtimes/process/runtime.js';
import { openStore } from '../store/connection.js';
import { projectionOf } from '../store/instances.js';
import type { Store } from '../store/store.js';
import { targetStore } from '../store/targets.js';
import { deploymentWorkflows } from '../temporal/workflows.js';
import { Closing } from './closing.js';
import { Health } from './health.js';
import { controlOver, journalOver } from './journal.js';
import { openTemporal } from './temporal.js';
import { startWorkers } from './workers.js';

const ENVIRONMENT = 'default';
/** Instances are reached here; the process runtime is this machine. */
const INSTANCE_HOST = '127.0.0.1';
/** Notifications bring both forward; these only find what a crash left behind. */
const DISPATCH_MS = 1_000;
const WATCH_MS = 2_000;

export interface Service {
  apiUrl: string;
  uiUrl?: string;
  /** Ends in order: requests, workers, supervision, Temporal, database. Instances go on. */
  stop(): Promise<void>;
  /** Resolves when a part that cannot be missed has ended by itself. */
  failed: Promise<unknown>;
}

/** The embedded mode: everything in this process, with nothing configured. Whatever was opened is closed when a part fails. */
export async function startService(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Logger,
  say: (line: string) => void,
): Promise<Service> {
  const closing = new Closing(log);
  try {
    return await assemble(config, env, log, say, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function assemble(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Logger,
  say: (line: string) => void,
  closing: Closing,
): Promise<Service> {
  const home = await openHome(config.home, env);
  closing.add('home', () => home.release());
  await requireFreePort(config);
  const [store, temporal] = await closing.both(
    { name: 'database', open: () => openDatabase(config), close: (opened) => opened.close() },
    { name: 'Temporal', open: () => openTemporal(config, env, log, say), close: (opened) => opened.close() },
  );
  const { connections } = temporal;
  const health = new Health(store, connections);
  closing.add('health', () => health.stop());
  const runtime = await openRuntime(config, store, log);
  closing.add('supervisor', () => runtime.stop());

  const workflows = deploymentWorkflows(connections.client, connections.address);
  const dispatcher = createDispatcher({ store, workflows, log, intervalMs: DISPATCH_MS });
  const admission = createAdmission({
    store,
    clock: Date.now,
    maxDeployments: config.maxDeployments,
    onAccepted: (id) => dispatcher.dispatch(id),
    capacity: () => runtime.capacity(),
  });
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  const control = controlOver(store, admission, ENVIRONMENT);
  const journal = journalOver(store);
  const workers = await startWorkers(
    { connections, environment: ENVIRONMENT, runtime, journal, control, log },
    fail,
  );
  closing.add('workers', () => workers.stop());
  await dispatcher.start();
  closing.add('dispatcher', () => dispatcher.stop());
  const watcher = createWatcher({ store, workflows, log, intervalMs: WATCH_MS });
  watcher.start();
  closing.add('watcher', () => watcher.stop());

  const api = createApi({
    store,
    admission,
    workflows,
    instances: runtime,
    stopInstances: () => stopInstances(runtime, store),
    config: { ...config, environment: ENVIRONMENT },
    info: {
      version: ownVersion(),
      temporalAddress: connections.address,
      runtime: 'process',
      ...(temporal.uiUrl ? { uiUrl: temporal.uiUrl } : {}),
    },
    log,
    health: () => health.now(),
  });
  const listening = await api.listen();
  closing.add('API', () => listening.close());
  await home.announce({
    port: Number(new URL(listening.url).port),
    apiUrl: listening.url,
    temporalAddress: connections.address,
    ...(temporal.uiUrl ? { uiUrl: temporal.uiUrl } : {}),
  });
  return {
    apiUrl: listening.url,
    ...(temporal.uiUrl ? { uiUrl: temporal.uiUrl } : {}),
    stop: () => closing.close(),
    failed,
  };
}

/** Found out before anything is started: a service that cannot listen is none. */
async function requireFreePort({ host, port }: Config): Promise<void> {
  if (port === 0 || (await isPortFree(host, port))) return;
  const text = `Port ${port} of ${host} is in use. End what listens there, or set SLIPWAY_PORT to another port.`;
  throw new TerminalError('bad_request', text);
}

function openDatabase({ databaseUrl, home }: Config): Promise<Store> {
  if (databaseUrl) return openStore({ databaseUrl });
  const seed = fileURLToPath(new URL('../../database-seed.tar', import.meta.url));
  return openStore({ dir: join(home, 'database'), ...(existsSync(seed) ? { seed } : {}) });
}

async function openRuntime(config: Config, store: Store, log: Logger): Promise<ProcessRuntime> {
  const { home, capacity, instancePorts } = config;
  const runtime = createProcessRuntime({
    home,
    host: INSTANCE_HOST,
    attributes: config.attributes,
    portRange: [instancePorts.first, instancePorts.last],
    capacity,
    targets: targetStore(store, ENVIRONMENT),
    projection: projectionOf(store, ENVIRONMENT),
    artifacts: createArtifactCache({ dir: join(home, 'artifacts'), log }),
    log,
  });
  await runtime.start();
  return runtime;
}

async function stopInstances(runtime: ProcessRuntime, store: Store): Promise<number> {
  const alive = await projectionOf(store, ENVIRONMENT).alive();
  await runtime.stopInstances();
  return alive.length;
}
