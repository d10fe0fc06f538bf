import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { createControlActivities, createRuntimeActivities } from '../../activities/index.js';
import { createAdmission } from '../../src/admission/admission.js';
import { createDispatcher, type Dispatcher } from '../../src/admission/dispatcher.js';
import { createWatcher } from '../../src/admission/watcher.js';
import { createApi } from '../../src/api/server.js';
import type { PathId } from '../../src/model/app.js';
import type { Runtime } from '../../src/runtimes/runtime.js';
import type { EventRecord, Projection } from '../../src/runtimes/supervisor/ports.js';
import { Supervisor } from '../../src/runtimes/supervisor/supervisor.js';
import { controlOver, journalOver } from '../../src/service/journal.js';
import { projectionOf } from '../../src/store/instances.js';
import { targetStore } from '../../src/store/targets.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { connectTemporal, type TemporalConnections } from '../../src/temporal/connection.js';
import type { DeploymentWorkflows } from '../../src/temporal/gateway.js';
import { controlWorker, runtimeWorker } from '../../src/temporal/worker.js';
import { deploymentWorkflows } from '../../src/temporal/workflows.js';
import { runtimeQueueOf } from '../../workflows/queues.js';
import { callerOf } from '../api/harness.js';
import { quietLog } from '../runtimes/support.js';
import { MemoryDriver } from './memory-driver.js';
import { openTestStore, type TestStore } from './open-store.js';

const PLENTY = { cpus: 10_000, mem: 10_000_000, disk: 10_000_000 };
/** Notices bring it forward, as in production. */
const LOOK_MS = 1_000;

/**
 * The whole service in this process, put together as in production: API, admission, dispatcher, workers on the run's
 * Temporal server, supervisor, database. Only the instances are not real.
 */
export class Whole {
  readonly environment = `test-${randomUUID()}`;
  readonly driver = new MemoryDriver();
  /** What the supervisor told of instances, in the order in which it happened. */
  readonly told: EventRecord[] = [];
  /** Every declaration that was taken, and of which deployment. */
  readonly declared: { app: PathId; deployment: string; at: number }[] = [];
  url = '';
  call!: Awaited<ReturnType<typeof callerOf>>;
  runtime!: Runtime;
  workflows!: DeploymentWorkflows;
  dispatcher!: Dispatcher;
  private connections!: TemporalConnections;
  private readonly queue = `slipway-${randomUUID()}`;
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(private readonly opened: TestStore) {}

  /** `dispatching` false: what is accepted waits until the dispatcher is started. */
  static async open({ dispatching = true } = {}): Promise<Whole> {
    const whole = new Whole(await openTestStore());
    whole.closing.push(() => whole.opened.close());
    await whole.supervise();
    await whole.work();
    await whole.serve();
    if (dispatching) await whole.dispatch();
    return whole;
  }

  get store() {
    return this.opened.store;
  }

  handle(deployment: string) {
    return this.connections.client.workflow.getHandle(deployment);
  }

  /** Begins to hand accepted deployments to Temporal. */
  async dispatch(): Promise<void> {
    await this.dispatcher.start();
    this.closing.push(() => this.dispatcher.stop());
  }

  async close(): Promise<void> {
    for (const end of this.closing.reverse()) await end();
  }

  private async supervise(): Promise<void> {
    const { store, environment, driver } = this;
    const home = await mkdtemp(join(tmpdir(), 'slipway-whole-'));
    const supervisor = new Supervisor({
      home,
      host: '127.0.0.1',
      portRange: [1, 1],
      capacity: PLENTY,
      driver,
      targets: targetStore(store, environment),
      projection: this.overheard(projectionOf(store, environment)),
      log: quietLog(),
    });
    await supervisor.start();
    this.runtime = this.runtimeOf(supervisor);
    this.closing.push(async () => {
      await supervisor.stop();
      await rm(home, { recursive: true, force: true });
    });
  }

  private overheard(projection: Projection): Projection {
    return {
      alive: () => projection.alive(),
      write: (batch) => {
        this.told.push(...batch.events);
        return projection.write(batch);
      },
    };
  }

  private async work(): Promise<void> {
    const { store, environment, queue, runtime } = this;
    this.connections = await connectTemporal({ address: inject('temporalAddress') });
    this.closing.push(() => this.connections.close());
    const { native, client, address } = this.connections;
    this.workflows = deploymentWorkflows(client, address, { queue });
    const log = quietLog();
    this.dispatcher = createDispatcher({ store, workflows: this.workflows, log, intervalMs: LOOK_MS });
    const control = createControlActivities(controlOver(store, this.admission()));
    const activities = createRuntimeActivities({ runtime, journal: journalOver(store) });
    const workers = [
      await controlWorker({ native }, queue, { codePath: inject('bundlePath') }, control),
      await runtimeWorker({ native }, runtimeQueueOf(environment), activities),
    ];
    this.run(workers);
    const watcher = createWatcher({ store, workflows: this.workflows, log, intervalMs: LOOK_MS });
    watcher.start();
    this.closing.push(() => watcher.stop());
  }

  private run(workers: Worker[]): void {
    const running = Promise.all(workers.map((worker) => worker.run()));
    this.closing.push(() => {
      for (const worker of workers) worker.shutdown();
      return running;
    });
  }

  private admission() {
    return createAdmission({
      store: this.store,
      clock: Date.now,
      maxDeployments: 1000,
      onAccepted: () => undefined,
      capacity: () => this.runtime.capacity(),
    });
  }

  private async serve(): Promise<void> {
    const { store, environment, workflows, runtime } = this;
    const api = createApi({
      store,
      admission: this.admission(),
      workflows,
      environments: [{ name: environment, runtime: 'memory', production: false, instances: runtime }],
      config: { host: '127.0.0.1', port: 0, bodyLimit: 1_000_000 },
      telemetry: { metrics: new Metrics() },
      info: { version: '9.9.9', temporalAddress: this.connections.address },
      log: { error: (fields, message) => console.error(message, fields) },
      health: () => ({ database: true, temporal: true }),
    });
    const listening = await api.listen();
    this.closing.push(() => listening.close());
    this.url = listening.url;
    this.call = await callerOf(listening.url);
  }

  private runtimeOf(supervisor: Supervisor): Runtime {
    return {
      resolve: async () => [],
      apply: async (app, declaration, fence) => {
        await supervisor.apply(app, declaration, fence);
        this.declared.push({ app: app.id, deployment: fence.deployment, at: Date.now() });
      },
      observe: async (app) => supervisor.observe(app),
      watch: (app, listener) => supervisor.watch(app, listener),
      flush: () => supervisor.flush(),
      kill: (instances, options) => supervisor.kill(instances, options),
      resetDelay: async (app) => supervisor.resetDelay(app),
      async *logs() {},
      capacity: async () => supervisor.capacity(),
    };
  }
}
