import { waveActivities } from '../admission/waves/activities.js';
import { loadEnvironments } from '../environments.js';
import { openStore } from '../store/connection.js';
import { showConnections } from '../telemetry/database.js';
import { showParts } from '../telemetry/process.js';
import { workerVersion } from '../temporal/versioning.js';
import { deploymentWorkflows } from '../temporal/workflows.js';
import { admissionOf } from './admission.js';
import { startCleaning } from './cleaning.js';
import { dispatcherOf, startDispatching } from './dispatching.js';
import { metricsHandler, openEndpoint } from './endpoint.js';
import { requireFreePort } from './free-port.js';
import { Health } from './health.js';
import { controlOver } from './journal.js';
import { patiently } from './patience.js';
import { remoteInstances } from './remote-instances.js';
import { failure, type Running } from './running.js';
import type { Surroundings } from './serve.js';
import { requireProduction } from './settings.js';
import { connectCluster } from './temporal.js';
import { type RunningWorker, startControlWorker, workflowCode } from './workers.js';

/** `slipway worker`: runs workflows, hands accepted deployments to Temporal, and concludes those that were ended there. */
export async function startWorker(surroundings: Surroundings): Promise<Running> {
  const { env, log, telemetry, closing, stopping: signal } = surroundings;
  const config = requireProduction('slipway worker', surroundings.config, env);
  const { workflowStacks: stacks } = config;
  const version = workerVersion(env, workflowCode({ stacks }));
  await requireFreePort(config.host, config.healthPort, 'SLIPWAY_HEALTH_PORT');
  let health: Health | undefined;
  let worker: RunningWorker | undefined;
  const parts = () => ({
    database: health?.now().database ?? false,
    temporal: health?.now().temporal ?? false,
    worker: worker?.isRunning() ?? false,
  });
  const where = { host: config.host, port: config.healthPort };
  const endpoint = await openEndpoint(where, parts, metricsHandler(telemetry.metrics));
  closing.add('health endpoint', () => endpoint.close());

  const environments = loadEnvironments(config);
  const { databaseUrl, databasePool } = config;
  const observer = telemetry.store;
  const store = await patiently(() => openStore({ databaseUrl, pool: databasePool, observer }), {
    log,
    signal,
  });
  closing.add('database', () => store.close());
  showConnections(telemetry.metrics, store);
  showParts(telemetry.metrics, parts);
  const connections = await patiently(() => connectCluster(telemetry.sdk), { log, signal });
  closing.add('Temporal', () => connections.close());
  health = new Health(store, connections);
  closing.add('health', () => health.stop());

  const workflows = telemetry.workflows(deploymentWorkflows(connections.client, connections.address));
  const dispatcher = dispatcherOf({ store, workflows, log });
  const admission = admissionOf(
    {
      store,
      onAccepted: (id) => dispatcher.dispatch(id),
      capacity: (environment) => remoteInstances(store, environment).capacity(),
    },
    { config, environments, telemetry },
  );
  const { failed, fail } = failure();
  const waves = waveActivities({ store, admission, workflows });
  const writes = { control: controlOver(store, admission), waves, telemetry, stacks };
  worker = await startControlWorker({ ...connections, version }, writes, fail);
  closing.add('worker', () => worker.stop());
  await startDispatching(dispatcher, { store, workflows, log }, closing);
  startCleaning({ store, keeping: config.keep, log }, closing);
  const places: Running['places'] = [['Health', `http://${config.host}:${endpoint.port}/readyz`]];
  if (version) places.push(['Version', `${version.deploymentName} ${version.buildId}`]);
  return { places, stop: () => closing.close(), failed };
}
