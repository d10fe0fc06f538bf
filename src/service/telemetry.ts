import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Admission } from '../admission/admission.js';
import type { ArtifactObserver } from '../artifacts/observer.js';
import type { Config } from '../config.js';
import { loadEnvironments } from '../environments.js';
import { ownVersion } from '../os/own-version.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { StoreObserver } from '../store/observer.js';
import { namedInLogs } from '../telemetry/activities.js';
import { artifactObserver } from '../telemetry/artifacts.js';
import { batchTelemetry } from '../telemetry/batches.js';
import { databaseObserver } from '../telemetry/database.js';
import { deploymentTelemetry } from '../telemetry/deployments.js';
import { type InstanceTelemetry, instanceTelemetry } from '../telemetry/instances.js';
import { Metrics } from '../telemetry/metrics.js';
import { showProcess } from '../telemetry/process.js';
import { tracedActivities } from '../telemetry/tracing/activities.js';
import { tracedAdmission } from '../telemetry/tracing/admission.js';
import { tracesWanted } from '../telemetry/tracing/configured.js';
import { traceRequests } from '../telemetry/tracing/requests.js';
import { tracedRuntime } from '../telemetry/tracing/runtime.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import { tracedWorkflows } from '../telemetry/tracing/workflows.js';
import { countedWorkflows } from '../telemetry/workflows.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import { SdkRuntime } from '../temporal/sdk-runtime.js';

/** How one process is watched: its metrics, and who is told at the seams of what goes on. */
export interface Telemetry {
  metrics: Metrics;
  sdk: SdkRuntime;
  store: StoreObserver;
  artifacts: ArtifactObserver;
  instances: InstanceTelemetry;
  /** Absent where nothing is traced. */
  requests?: RequestHandler;
  /** The same, watched. */
  admission(admission: Admission): Admission;
  workflows(workflows: DeploymentWorkflows): DeploymentWorkflows;
  runtime(runtime: Runtime): Runtime;
  /** Around activities that write what a workflow decided, and around those of an environment's runtime, or of any. */
  controlActivities: ActivityInterceptorsFactory[];
  runtimeActivities(environment?: string): ActivityInterceptorsFactory[];
  close(): Promise<void>;
}

interface Watched {
  /** Name of the process: `slipway-worker`. */
  service: string;
  config: Config;
  env: NodeJS.ProcessEnv;
  log: Logger;
}

/** Throws TerminalError where traces are wanted in a way that this service does not have. */
export async function openTelemetry({ service, config, env, log }: Watched): Promise<Telemetry> {
  const metrics = new Metrics();
  const sdk = new SdkRuntime(log);
  metrics.append(() => sdk.metrics());
  showProcess(metrics, service, ownVersion());
  const environments = loadEnvironments(config).map(({ name }) => name);
  const deployments = deploymentTelemetry(metrics, log, environments);
  const batches = batchTelemetry(metrics, log, () => sdk.flushLog());
  const tracing = await tracingOf({ service, env, log });
  const traced = <T>(plain: T, trace: (plain: T, tracing: Tracing) => T) =>
    tracing ? trace(plain, tracing) : plain;
  const activities = [...(tracing ? [tracedActivities(tracing)] : []), namedInLogs()];
  return {
    metrics,
    sdk,
    store: { ...databaseObserver(metrics), ended: deployments.ended },
    artifacts: artifactObserver(metrics),
    instances: instanceTelemetry(metrics),
    ...(tracing && { requests: traceRequests(tracing) }),
    admission: (admission) => deployments.admission(traced(admission, tracedAdmission)),
    workflows: (workflows) => traced(countedWorkflows(workflows, metrics), tracedWorkflows),
    runtime: (runtime) => traced(runtime, tracedRuntime),
    controlActivities: activities,
    runtimeActivities: (environment) => [...activities, batches(environment)],
    close: async () => tracing?.close(),
  };
}

/** OpenTelemetry's packages are loaded where somebody asked for traces, and only there. */
async function tracingOf({ service, env, log }: Omit<Watched, 'config'>): Promise<Tracing | undefined> {
  const protocol = tracesWanted(env);
  if (protocol === undefined) return undefined;
  const { openTracing } = await import('../telemetry/tracing/otel.js');
  return openTracing({ protocol, service, version: ownVersion(), log });
}
