import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { CONTROL_QUEUE } from '../../workflows/queues.js';
import { waveActivities } from '../admission/waves/activities.js';
import type { ServedEnvironment } from '../api/deps.js';
import { createApi } from '../api/server.js';
import type { Config } from '../config.js';
import { type EnvironmentConfig, loadEnvironments } from '../environments.js';
import { homeOfEnvironment, openHome } from '../home.js';
import { ownVersion } from '../os/own-version.js';
import type { ProcessRuntime } from '../runtimes/process/runtime.js';
import { openStore } from '../store/connection.js';
import { projectionOf } from '../store/instances.js';
import type { Store } from '../store/store.js';
import { showConnections } from '../telemetry/database.js';
import { showParts } from '../telemetry/process.js';
import { deploymentWorkflows } from '../temporal/workflows.js';
import { admissionOf } from './admission.js';
import { startCleaning } from './cleaning.js';
import { dispatcherOf, startDispatching } from './dispatching.js';
import { enlist } from './enlist.js';
import { requireFreePort } from './free-port.js';
import { Health } from './health.js';
import { controlOver, journalOver } from './journal.js';
import { failure, type Running } from './running.js';
import type { Surroundings } from './serve.js';
import { createRuntime } from './supervision.js';
import type { Telemetry } from './telemetry.js';
import { openTemporal } from './temporal.js';
import { startControlWorker, startRuntimeWorker, startWholeWorker } from './workers.js';

/** Instances are reached here; the process runtime is this machine. */
const INSTANCE_HOST = '127.0.0.1';

/** Everything in this process, with nothing configured. */
export async function startEmbedded(surroundings: Surroundings): Promise<Running> {
  const { config, env, log, telemetry, closing } = surroundings;
  const environments = loadEnvironments(config);
  const home = await openHome(config.home, env);
  closing.add('home', () => home.release());
  await requireFreePort(config.host, config.port, 'SLIPWAY_PORT');
  const [store, temporal] = await closing.both(
    {
      name: 'database',
      open: () => openDatabase(config, telemetry, log),
      close: (opened) => opened.close(),
    },
    {
      name: 'Temporal',
      open: () => openTemporal(surroundings, telemetry.sdk),
      close: (opened) => opened.close(),
    },
  );
  showConnections(telemetry.metrics, store);
  const { connections } = temporal;
  const health = new Health(store, connections);
  closing.add('health', () => health.stop());
  showParts(telemetry.metrics, () => ({ ...health.now() }));
  const { failed, fail } = failure();
  const runtimes = await startRuntimes(environments, surroundings, store, fail);

  // Others may work on the same queue where others can use the same database; else all of it is done here.
  const alone = config.databaseUrl === undefined;
  const queues = alone ? { runtimeQueue: CONTROL_QUEUE } : {};
  const workflows = telemetry.workflows(deploymentWorkflows(connections.client, connections.address, queues));
  const dispatcher = dispatcherOf({ store, workflows, log });
  const admission = admissionOf(
    {
      store,
      onAccepted: (id) => dispatcher.dispatch(id),
      capacity: (environment) => runtimeOf(runtimes, environment).capacity(),
    },
    { config, environments, telemetry },
  );
  const journal = journalOver(store);
  const waves = waveActivities({ store, admission, workflows });
  const parts = { control: controlOver(store, admission), waves, telemetry, stacks: config.workflowStacks };
  const workers = await Promise.all([
    alone
      ? startWholeWorker(connections, { ...parts, runtimes, journal }, fail)
      : startControlWorker(connections, parts, fail),
    ...[...runtimes].map(([environment, runtime]) =>
      startRuntimeWorker(connections, { environment, runtime, journal, telemetry }, fail),
    ),
  ]);
  closing.add('workers', async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  });
  await startDispatching(dispatcher, { store, workflows, log }, closing);
  startCleaning({ store, keeping: config.keep, log }, closing);

  const uiUrl = temporal.uiUrl ? { uiUrl: temporal.uiUrl } : {};
  const api = createApi({
    store,
    admission,
    workflows,
    environments: environments.map((each) => servedOf(each, runtimeOf(runtimes, each.name), store)),
    config,
    info: { version: ownVersion(), temporalAddress: connections.address, ...uiUrl },
    log,
    telemetry,
    health: () => health.now(),
  });
  const listening = await api.listen();
  closing.add('API', () => listening.close());
  await home.announce({
    port: Number(new URL(listening.url).port),
    apiUrl: listening.url,
    temporalAddress: connections.address,
    ...uiUrl,
  });
  const places: Running['places'] = [['API', listening.url]];
  if (temporal.uiUrl) places.push(['Temporal UI', temporal.uiUrl]);
  return { places, stop: () => closing.close(), failed };
}

type Runtimes = ReadonlyMap<string, ProcessRuntime>;

/** Takes over what runs in each environment, and begins to supervise it. */
async function startRuntimes(
  environments: EnvironmentConfig[],
  { config, log, telemetry, closing }: Surroundings,
  store: Store,
  fail: (error: unknown) => void,
): Promise<Runtimes> {
  const { metrics } = telemetry;
  const runtimes = new Map<string, ProcessRuntime>();
  for (const environment of environments) {
    const { name } = environment;
    const home = homeOfEnvironment(config.home, name);
    await mkdir(home, { recursive: true });
    const place = { home, host: INSTANCE_HOST, retention: config.keepInstances };
    const runtime = createRuntime(environment, place, store, { log, telemetry });
    // On a database that others can use, too, it has to be the only one that runs the instances.
    if (config.databaseUrl)
      await enlist({ config, environment: name, home, store, runtime, log, metrics, fail, closing });
    await runtime.start();
    closing.add(`supervisor of ${name}`, () => runtime.stop());
    runtimes.set(name, runtime);
  }
  return runtimes;
}

function runtimeOf(runtimes: Runtimes, environment: string): ProcessRuntime {
  const runtime = runtimes.get(environment);
  if (runtime === undefined) throw new Error(`environment ${environment} has no runtime`);
  return runtime;
}

function servedOf(environment: EnvironmentConfig, runtime: ProcessRuntime, store: Store): ServedEnvironment {
  const { name, production } = environment;
  return {
    name,
    runtime: environment.runtime,
    production,
    instances: runtime,
    stopInstances: async () => {
      const alive = await projectionOf(store, name).alive();
      await runtime.stopInstances();
      return alive.length;
    },
  };
}

function openDatabase(config: Config, telemetry: Telemetry, log: Logger): Promise<Store> {
  const { databaseUrl, databasePool, home } = config;
  const observer = telemetry.store;
  if (databaseUrl) return openStore({ databaseUrl, pool: databasePool, observer });
  const seed = fileURLToPath(new URL('../../database-seed.tar', import.meta.url));
  return openStore({
    dir: join(home, 'database'),
    observer,
    ...(existsSync(seed) ? { seed } : {}),
    onSpace: ({ full, ...bytes }) => {
      if (full) log.error({ home, ...bytes }, 'the disk is full: changes are refused until there is room');
      else log.warn({ home, ...bytes }, 'there is room on the disk again: changes are taken');
    },
  });
}
