import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from '../api/server.js';
import { loadEnvironments } from '../environments.js';
import { ownVersion } from '../os/own-version.js';
import { openStore } from '../store/connection.js';
import { showConnections } from '../telemetry/database.js';
import { showParts } from '../telemetry/process.js';
import { temporalClient } from '../temporal/connection.js';
import { deploymentWorkflows } from '../temporal/workflows.js';
import { admissionOf } from './admission.js';
import { requireFreePort } from './free-port.js';
import { Health } from './health.js';
import { patiently } from './patience.js';
import { remoteInstances } from './remote-instances.js';
import { failure, type Running } from './running.js';
import type { Surroundings } from './serve.js';
import { requireProduction } from './settings.js';

/**
 * `slipway api`: serves requests. It needs the database only: while Temporal or the agent is away it reads, and
 * accepts changes, which a worker hands to Temporal.
 */
export async function startApi(surroundings: Surroundings): Promise<Running> {
  const { env, log, telemetry, closing, stopping: signal } = surroundings;
  const config = requireProduction('slipway api', surroundings.config, env);
  await requireFreePort(config.host, config.port, 'SLIPWAY_PORT');
  const { databaseUrl, databasePool } = config;
  const observer = telemetry.store;
  const store = await patiently(() => openStore({ databaseUrl, pool: databasePool, observer }), {
    log,
    signal,
  });
  closing.add('database', () => store.close());
  const temporal = temporalClient({});
  closing.add('Temporal', () => temporal.close());
  const health = new Health(store, temporal);
  void health.look();
  showConnections(telemetry.metrics, store);
  showParts(telemetry.metrics, () => ({ ...health.now() }));
  closing.add('health', () => health.stop());

  const environments = loadEnvironments(config);
  const served = environments.map(({ name, runtime, production }) => ({
    name,
    runtime,
    production,
    instances: remoteInstances(store, name),
  }));
  const admission = admissionOf(
    {
      store,
      // The commit has notified the workers.
      onAccepted: () => undefined,
      capacity: (environment) => remoteInstances(store, environment).capacity(),
    },
    { config, environments, telemetry },
  );
  const api = createApi({
    store,
    admission,
    workflows: telemetry.workflows(deploymentWorkflows(temporal.client, temporal.address)),
    environments: served,
    config,
    info: { version: ownVersion(), temporalAddress: temporal.address },
    log,
    telemetry,
    health: () => health.now(),
  });
  const listening = await api.listen();
  closing.add('API', () => listening.close());
  return {
    places: [['API', listening.url]],
    drain: async () => {
      api.drain();
      await sleep(config.drainSeconds * 1_000);
    },
    stop: () => closing.close(),
    failed: failure().failed,
  };
}
