import { environmentNamed, loadEnvironments } from '../environments.js';
import { openHome } from '../home.js';
import { openStore } from '../store/connection.js';
import { showConnections } from '../telemetry/database.js';
import { showParts } from '../telemetry/process.js';
import { enlist } from './enlist.js';
import { requireFreePort } from './free-port.js';
import { Health } from './health.js';
import { journalOver } from './journal.js';
import { patiently } from './patience.js';
import { failure, type Running } from './running.js';
import type { Surroundings } from './serve.js';
import { requireProduction } from './settings.js';
import { createRuntime } from './supervision.js';
import { connectCluster } from './temporal.js';
import { type RunningWorker, startRuntimeWorker } from './workers.js';

/**
 * `slipway agent`: runs the instances of an environment on this host, and the activities that touch them.
 * Supervision does not wait for Temporal; without the database it cannot begin, as that is where declarations are.
 */
export async function startAgent(surroundings: Surroundings, takeOver: boolean): Promise<Running> {
  const { env, log, telemetry, closing, stopping: signal } = surroundings;
  const config = requireProduction('slipway agent', surroundings.config, env);
  const environment = environmentNamed(loadEnvironments(config), config.environment);
  const home = await openHome(config.home, env);
  closing.add('home', () => home.release());
  await requireFreePort(config.host, config.healthPort, 'SLIPWAY_HEALTH_PORT');
  const { databaseUrl, databasePool } = config;
  const observer = telemetry.store;
  const store = await patiently(() => openStore({ databaseUrl, pool: databasePool, observer }), {
    log,
    signal,
  });
  closing.add('database', () => store.close());

  const { failed, fail } = failure();
  const place = { home: config.home, host: config.agentHost, retention: config.keepInstances };
  const runtime = createRuntime(environment, place, store, { log, telemetry });
  let health: Health | undefined;
  let worker: RunningWorker | undefined;
  const parts = () => ({
    database: health?.now().database ?? false,
    temporal: health?.now().temporal ?? false,
    worker: worker?.isRunning() ?? false,
  });
  const { name } = environment;
  const { metrics } = telemetry;
  showConnections(metrics, store);
  showParts(metrics, parts);
  const enlisting = {
    config,
    environment: name,
    home: config.home,
    store,
    runtime,
    log,
    metrics,
    fail,
    closing,
  };
  const endpoint = await enlist({ ...enlisting, parts, takeOver });
  await patiently(() => runtime.start(), { log, signal });
  closing.add('supervisor', () => runtime.stop());

  const connections = await patiently(() => connectCluster(telemetry.sdk), { log, signal });
  closing.add('Temporal', () => connections.close());
  health = new Health(store, connections);
  closing.add('health', () => health.stop());
  const deps = { environment: name, runtime, journal: journalOver(store), telemetry };
  worker = await startRuntimeWorker(connections, deps, fail);
  closing.add('worker', () => worker.stop());
  return {
    places: [
      ['Environment', name],
      ['Home', config.home],
      ['Health', `http://${config.host}:${endpoint.port}/readyz`],
    ],
    stop: () => closing.close(),
    failed,
  };
}
