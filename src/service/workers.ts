import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Worker } from '@temporalio/worker';
import type { ControlDeps, Journal } from '../../activities/deps.js';
import {
  createControlActivities,
  createRuntimeActivities,
  createWaveActivities,
} from '../../activities/index.js';
import type { WaveActivities } from '../../activities/types.js';
import { CONTROL_QUEUE, runtimeQueueOf } from '../../workflows/queues.js';
import { within } from '../os/within.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { TemporalConnections } from '../temporal/connection.js';
import { controlWorker, runtimeWorker, type WorkerVersion, type WorkflowCode } from '../temporal/worker.js';
import type { Telemetry } from './telemetry.js';

type Connections = Pick<TemporalConnections, 'native' | 'namespace'>;

/** What runs is cut after ten seconds (src/temporal/worker.ts); where Temporal hangs the SDK waits for it all the same. */
const STOP_MS = 12_000;

/** A worker that takes tasks. */
export interface RunningWorker {
  isRunning(): boolean;
  /** Takes no more tasks; what runs is handed over, or ends within ten seconds. */
  stop(): Promise<void>;
}

/** Runs workflows and what they write; one that ends by itself is told to `failed`. `version` is that of its code. */
export async function startControlWorker(
  connections: Connections & { version?: WorkerVersion | undefined },
  { control, waves, telemetry }: { control: ControlDeps; waves: WaveActivities; telemetry: Telemetry },
  failed: (error: unknown) => void,
): Promise<RunningWorker> {
  const activities = { ...createControlActivities(control), ...createWaveActivities(waves) };
  const deps = { ...connections, activityInterceptors: telemetry.controlActivities };
  return run(await controlWorker(deps, CONTROL_QUEUE, workflowCode(), activities), failed);
}

interface RuntimeParts {
  environment: string;
  runtime: Runtime;
  journal: Journal;
  telemetry: Telemetry;
}

/** Runs the activities of a runtime of this process; one that ends by itself is told to `failed`. */
export async function startRuntimeWorker(
  connections: Connections,
  { environment, runtime, journal, telemetry }: RuntimeParts,
  failed: (error: unknown) => void,
): Promise<RunningWorker> {
  const activities = createRuntimeActivities({ runtime: telemetry.runtime(runtime), journal });
  const deps = { ...connections, activityInterceptors: telemetry.runtimeActivities(environment) };
  return run(await runtimeWorker(deps, runtimeQueueOf(environment), activities), failed);
}

function run(worker: Worker, failed: (error: unknown) => void): RunningWorker {
  const ran = worker.run();
  ran.catch(failed);
  return {
    isRunning: () => worker.getState() === 'RUNNING',
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await within(
        STOP_MS,
        ran.catch(() => undefined),
      );
    },
  };
}

/** The bundle that the build made beside the compiled code; the sources where this runs from them. */
export function workflowCode(): WorkflowCode {
  const codePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { codePath };
  const source = (name: string) => fileURLToPath(new URL(`../../workflows/${name}.ts`, import.meta.url));
  return { workflowsPath: source('index'), interceptorsPath: source('trace') };
}
