import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ControlDeps, Journal } from '../../activities/deps.js';
import { createControlActivities, createRuntimeActivities } from '../../activities/index.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { TemporalConnections } from '../temporal/connection.js';
import { CONTROL_QUEUE, runtimeQueueOf } from '../temporal/queues.js';
import { controlWorker, runtimeWorker, type WorkflowCode } from '../temporal/worker.js';

export interface WorkersDeps {
  connections: TemporalConnections;
  environment: string;
  runtime: Runtime;
  journal: Journal;
  control: ControlDeps;
  log: Logger;
}

/** Both workers of the embedded mode. */
export interface Workers {
  stop(): Promise<void>;
}

/** Starts the workers; one that ends by itself is an error that ends the service through `failed`. */
export async function startWorkers(deps: WorkersDeps, failed: (error: unknown) => void): Promise<Workers> {
  const { native, namespace } = deps.connections;
  const workers = await Promise.all([
    controlWorker(
      { native, namespace },
      CONTROL_QUEUE,
      workflowCode(),
      createControlActivities(deps.control),
    ),
    runtimeWorker({ native, namespace }, runtimeQueueOf(deps.environment), createRuntimeActivities(deps)),
  ]);
  const runs = workers.map((worker) => worker.run());
  for (const run of runs) run.catch(failed);
  return { stop: () => stopAll(workers, runs) };
}

async function stopAll(workers: Worker[], runs: Promise<void>[]): Promise<void> {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await Promise.allSettled(runs);
}

/** The bundle that the build made beside the compiled code; the sources where this runs from them. */
function workflowCode(): WorkflowCode {
  const codePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { codePath };
  return { workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)) };
}
