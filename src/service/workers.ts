import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Worker } from '@temporalio/worker';
import type { ControlDeps, Journal } from '../../activities/deps.js';
import {
  createControlActivities,
  createRuntimeActivities,
  createWaveActivities,
  routedActivities,
} from '../../activities/index.js';
import type { WaveActivities } from '../../activities/types.js';
import { CONTROL_QUEUE, runtimeQueueOf } from '../../workflows/queues.js';
import { within } from '../os/within.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { TemporalConnections } from '../temporal/connection.js';
import {
  controlWorker,
  runtimeWorker,
  WAITING,
  type WorkerVersion,
  type WorkflowCode,
} from '../temporal/worker.js';
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

interface ControlParts {
  control: ControlDeps;
  waves: WaveActivities;
  telemetry: Telemetry;
  /** Whether promises and errors of workflows know where they were made. */
  stacks: boolean;
}

/** Runs workflows and what they write; one that ends by itself is told to `failed`. `version` is that of its code. */
export async function startControlWorker(
  connections: Connections & { version?: WorkerVersion | undefined },
  parts: ControlParts,
  failed: (error: unknown) => void,
): Promise<RunningWorker> {
  const deps = { ...connections, activityInterceptors: parts.telemetry.controlActivities };
  return run(await controlWorker(deps, CONTROL_QUEUE, workflowCode(parts), controlActivities(parts)), failed);
}

interface WholeParts extends ControlParts {
  runtimes: ReadonlyMap<string, Runtime>;
  journal: Journal;
}

/**
 * The same, with the activities of the runtimes of this process beside the workflows: those of the workflow's own queue are
 * handed over in the answer to the task that asks for them, and nobody has to fetch them.
 */
export async function startWholeWorker(
  connections: Connections,
  parts: WholeParts,
  failed: (error: unknown) => void,
): Promise<RunningWorker> {
  const { telemetry, runtimes, journal } = parts;
  const perRuntime = [...runtimes].map(
    ([name, runtime]) => [name, runtimeActivities({ runtime, journal, telemetry })] as const,
  );
  const activities = { ...controlActivities(parts), ...routedActivities(new Map(perRuntime)) };
  const deps = { ...connections, activityInterceptors: telemetry.runtimeActivities() };
  return run(await controlWorker(deps, CONTROL_QUEUE, workflowCode(parts), activities, WAITING), failed);
}

function controlActivities({ control, waves }: ControlParts) {
  return { ...createControlActivities(control), ...createWaveActivities(waves) };
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
  const activities = runtimeActivities({ runtime, journal, telemetry });
  const deps = { ...connections, activityInterceptors: telemetry.runtimeActivities(environment) };
  return run(await runtimeWorker(deps, runtimeQueueOf(environment), activities), failed);
}

function runtimeActivities({ runtime, journal, telemetry }: Omit<RuntimeParts, 'environment'>) {
  return createRuntimeActivities({ runtime: telemetry.runtime(runtime), journal });
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
export function workflowCode({ stacks }: { stacks: boolean }): WorkflowCode {
  const codePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { codePath, stacks };
  const source = (name: string) => fileURLToPath(new URL(`../../workflows/${name}.ts`, import.meta.url));
  return { workflowsPath: source('index'), interceptorsPath: source('trace') };
}
