import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdmission } from '../admission/admission.js';
import { createApi } from '../api/server.js';
import type { Config } from '../config.js';
import { openHome } from '../home.js';
import { ownVersion } from '../os/own-version.js';
import type { ProcessRuntime } from '../runtimes/process/runtime.js';
import { openStore } from '../store/connection.js';
import { projectionOf } from '../store/instances.js';
import type { Store } from '../store/store.js';
import { deploymentWorkflows } from '../temporal/workflows.js';
import { dispatcherOf, startDispatching } from './dispatching.js';
import { enlist } from './enlist.js';
import { ENVIRONMENT } from './environment.js';
import { requireFreePort } from './free-port.js';
import { Health } from './health.js';
import { controlOver, journalOver } from './journal.js';
import { failure, type Running } from './running.js';
import type { Surroundings } from './serve.js';
import { createRuntime } from './supervision.js';
import { openTemporal } from './temporal.js';
import { startControlWorker, startRuntimeWorker } from './workers.js';

/** Instances are reached here; the process runtime is this machine. */
const INSTANCE_HOST = '127.0.0.1';

/** Everything in this process, with nothing configured. */
export async function startEmbedded({ config, env, log, say, closing }: Surroundings): Promise<Running> {
  const home = await openHome(config.home, env);
  closing.add('home', () => home.release());
  await requireFreePort(config.host, config.port, 'SLIPWAY_PORT');
  const [store, temporal] = await closing.both(
    { name: 'database', open: () => openDatabase(config), close: (opened) => opened.close() },
    { name: 'Temporal', open: () => openTemporal(config, env, log, say), close: (opened) => opened.close() },
  );
  const { connections } = temporal;
  const health = new Health(store, connections);
  closing.add('health', () => health.stop());
  const { failed, fail } = failure();
  const runtime = createRuntime(config, INSTANCE_HOST, store, log);
  // On a database that others can use, too, it has to be the only one that runs the instances.
  if (config.databaseUrl) await enlist({ config, store, runtime, log, fail, closing });
  await runtime.start();
  closing.add('supervisor', () => runtime.stop());

  const workflows = deploymentWorkflows(connections.client, connections.address);
  const dispatcher = dispatcherOf({ store, workflows, log });
  const admission = createAdmission({
    store,
    clock: Date.now,
    maxDeployments: config.maxDeployments,
    onAccepted: (id) => dispatcher.dispatch(id),
    capacity: () => runtime.capacity(),
  });
  const workers = await Promise.all([
    startControlWorker(connections, controlOver(store, admission, ENVIRONMENT), fail),
    startRuntimeWorker(connections, { environment: ENVIRONMENT, runtime, journal: journalOver(store) }, fail),
  ]);
  closing.add('workers', async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  });
  await startDispatching(dispatcher, { store, workflows, log }, closing);

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
  const places: Running['places'] = [['API', listening.url]];
  if (temporal.uiUrl) places.push(['Temporal UI', temporal.uiUrl]);
  return { places, stop: () => closing.close(), failed };
}

function openDatabase({ databaseUrl, databasePool, home }: Config): Promise<Store> {
  if (databaseUrl) return openStore({ databaseUrl, pool: databasePool });
  const seed = fileURLToPath(new URL('../../database-seed.tar', import.meta.url));
  return openStore({ dir: join(home, 'database'), ...(existsSync(seed) ? { seed } : {}) });
}

async function stopInstances(runtime: ProcessRuntime, store: Store): Promise<number> {
  const alive = await projectionOf(store, ENVIRONMENT).alive();
  await runtime.stopInstances();
  return alive.length;
}
