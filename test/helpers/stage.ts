import { randomUUID } from 'node:crypto';
import type { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Journal, Work } from '../../activities/deps.js';
import {
  createControlActivities,
  createRuntimeActivities,
  createWaveActivities,
} from '../../activities/index.js';
import type { CalendarAnswer, CalendarQuestion, Transition } from '../../activities/types.js';
import type { ActionProgress, DeploymentOptions, Outcome, Step } from '../../src/model/deployment.js';
import { connectTemporal, type TemporalConnections } from '../../src/temporal/connection.js';
import type { DeploymentWorkflows } from '../../src/temporal/gateway.js';
import { controlWorker, runtimeWorker } from '../../src/temporal/worker.js';
import { deploymentWorkflows } from '../../src/temporal/workflows.js';
import { runtimeQueueOf } from '../../workflows/queues.js';
import type { DeploymentInput } from '../../workflows/types.js';
import { MemoryRuntime } from './memory-runtime.js';
import { MemoryWaves } from './memory-waves.js';

/** A deployment's workflow on the real server, with a runtime and a journal in memory. */
export class Stage {
  readonly environment = `test-${randomUUID()}`;
  readonly queue = `slipway-${randomUUID()}`;
  readonly runtime = new MemoryRuntime();
  readonly waves = new MemoryWaves();
  readonly work = new Map<string, Work>();
  readonly started: number[] = [];
  readonly progress: ActionProgress[] = [];
  readonly transitions: Transition[] = [];
  readonly rollbacks: string[] = [];
  /** What the calendar says; asked only of deployments that were told that there is one. */
  calendar: (question: CalendarQuestion) => CalendarAnswer = () => ({ open: true });
  readonly ends: { outcome: Outcome; description: string; restore: boolean }[] = [];
  /** Thrown by the next rollback. */
  rollbackError: Error | undefined;
  workflows!: DeploymentWorkflows;
  connections!: TemporalConnections;
  private workers: Worker[] = [];
  private running: Promise<unknown> = Promise.resolve();

  static async open(cached?: number, address = inject('temporalAddress')): Promise<Stage> {
    const stage = new Stage();
    stage.connections = await connectTemporal({ address });
    stage.workflows = deploymentWorkflows(stage.connections.client, stage.connections.address, {
      queue: stage.queue,
    });
    await stage.startWorkers(cached);
    return stage;
  }

  async startWorkers(maxCachedWorkflows?: number, { stacks = false } = {}): Promise<void> {
    const { native } = this.connections;
    const code = { codePath: inject('bundlePath'), stacks };
    const cache = maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows };
    this.workers = [
      await controlWorker({ native }, this.queue, code, this.control(), cache),
      await runtimeWorker(
        { native },
        runtimeQueueOf(this.environment),
        createRuntimeActivities({ runtime: this.runtime, journal: this.journal() }),
      ),
    ];
    this.running = Promise.all(this.workers.map((worker) => worker.run()));
  }

  async stopWorkers(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.connections.close();
  }

  /** Starts a deployment of these steps; its id. */
  async deploy(
    steps: Step[],
    options: DeploymentOptions = {},
    more: Partial<DeploymentInput> = {},
  ): Promise<string> {
    const id = randomUUID();
    const input: DeploymentInput = {
      id,
      environment: this.environment,
      steps,
      options,
      by: 'ana',
      reason: 'test',
      ...more,
    };
    await this.workflows.start(input);
    return id;
  }

  handle(id: string) {
    return this.connections.client.workflow.getHandle(id);
  }

  private journal(): Journal {
    return {
      work: async (_deployment, app) => this.work.get(app) ?? { options: {} },
      definition: async (_environment, app) => this.work.get(app)?.original,
      begin: async ({ step, app }) => {
        this.started.push(step);
        return this.work.get(app) ?? { options: {} };
      },
      recordAction: async (_place, progress) => void this.progress.push(progress),
    };
  }

  private control() {
    return { ...this.decisions(), ...createWaveActivities(this.waves) };
  }

  private decisions() {
    return createControlActivities({
      record: async (transition) => void this.transitions.push(transition),
      calendar: async (question) => this.calendar(question),
      rollback: async ({ deployment }) => {
        if (this.rollbackError) throw this.rollbackError;
        this.rollbacks.push(deployment);
      },
      conclude: async ({ outcome, description, restore = false }) =>
        void this.ends.push({ outcome, description, restore }),
    });
  }
}
