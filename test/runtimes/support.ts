import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { TerminalError } from '../../src/errors.js';
import type { App } from '../../src/model/app.js';
import type { Instance } from '../../src/model/instance.js';
import { HOME_MARK, homeId } from '../../src/runtimes/process/environment.js';
import {
  createProcessRuntime,
  type ProcessRuntime,
  type ProcessRuntimeOptions,
} from '../../src/runtimes/process/runtime.js';
import type { Declaration, Runtime } from '../../src/runtimes/runtime.js';
import type { Log } from '../../src/runtimes/supervisor/log.js';
import type {
  Projection,
  ProjectionBatch,
  Target,
  TargetStore,
} from '../../src/runtimes/supervisor/ports.js';
import { appOf as completeApp } from '../helpers/apps.js';
import { until } from '../helpers/until.js';

export const V1 = '2026-01-01T00:00:00.000Z';
export const V2 = '2026-01-02T00:00:00.000Z';
export const FENCE = { deployment: 'd1' };

/** A definition that stays up; Marathon's defaults but for what tests cannot wait for. */
export function appOf(id: string, changes: Partial<App> = {}, version = V1): App {
  return completeApp(id, version, {
    cmd: 'exec sleep 1000',
    cpus: 0.01,
    mem: 1,
    upgradeStrategy: { minimumHealthCapacity: 1 },
    backoffSeconds: 0.05,
    taskKillGracePeriodSeconds: 2,
    unreachableStrategy: 'disabled',
    ...changes,
  });
}

export const HTTP_CHECK: App['healthChecks'][number] = {
  protocol: 'HTTP',
  path: '/health',
  portIndex: 0,
  gracePeriodSeconds: 10,
  intervalSeconds: 0.1,
  timeoutSeconds: 2,
  maxConsecutiveFailures: 0,
  delaySeconds: 0,
  ipProtocol: 'IPv4',
  ignoreHttp1xx: false,
};

export const PORT = { port: 0, protocol: 'tcp', labels: {} } as const;
export const SERVER = path.resolve('examples/server.js');

/** The given counts of the given definitions; the bounds are wide unless stated. */
export function declare(
  apps: App[],
  split: Record<string, number>,
  changes: Partial<Declaration> = {},
): Declaration {
  return {
    definitions: Object.fromEntries(apps.map((app) => [app.versionInfo.lastConfigChangeAt, app])),
    split,
    bounds: { minReady: 0, maxTotal: 100 },
    minReadySeconds: 0,
    ...changes,
  };
}

class MemoryTargets implements TargetStore {
  readonly kept = new Map<string, Target>();
  /** Deployment that holds every lock. */
  holder = FENCE.deployment;

  async load(): Promise<Target[]> {
    return [...this.kept.values()].map((target) => structuredClone(target));
  }

  async save(target: Target, fence: { deployment: string }): Promise<void> {
    if (fence.deployment !== this.holder) {
      throw new TerminalError('stale', `${fence.deployment} does not hold ${target.app.id}`);
    }
    this.kept.set(target.app.id, structuredClone(target));
  }

  async forget(app: string): Promise<void> {
    this.kept.delete(app);
  }
}

/** What a database would show. */
export class MemoryProjection implements Projection {
  readonly shown = new Map<string, Instance>();
  readonly batches: ProjectionBatch[] = [];
  away = false;

  async alive(): Promise<Instance[]> {
    if (this.away) throw new Error('the database is away');
    return [...this.shown.values()].filter(({ endedAt }) => endedAt === undefined);
  }

  async write(batch: ProjectionBatch): Promise<void> {
    if (this.away) throw new Error('the database is away');
    this.batches.push(structuredClone(batch));
    for (const instance of batch.instances) this.shown.set(instance.id, structuredClone(instance));
    for (const id of batch.removed) this.shown.delete(id);
  }

  get events() {
    return this.batches.flatMap(({ events }) => events);
  }
}

export function quietLog(lines: { level: string; fields: object; message: string }[] = []): Log {
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

let lastRange = 0;

/** Ranges of 50 ports, apart within this process and most likely among processes. */
function portRange(): [number, number] {
  lastRange += 1;
  const first = 20_000 + ((process.pid * 7 + lastRange) % 200) * 50;
  return [first, first + 49];
}

/** A process runtime on a folder of its own, and what the tests need around it. */
export class Host {
  readonly targets = new MemoryTargets();
  readonly projection = new MemoryProjection();
  readonly lines: { level: string; fields: object; message: string }[] = [];
  readonly #range = portRange();
  #runtime: ProcessRuntime | undefined;

  private constructor(
    readonly home: string,
    private readonly changes: Partial<ProcessRuntimeOptions>,
  ) {}

  static async open(changes: Partial<ProcessRuntimeOptions> = {}, folder = os.tmpdir()): Promise<Host> {
    const host = new Host(await mkdtemp(path.join(folder, 'slipway-runtime-')), changes);
    await host.start();
    return host;
  }

  get runtime(): ProcessRuntime {
    if (this.#runtime === undefined) throw new Error('The runtime is not started.');
    return this.#runtime;
  }

  options(): ProcessRuntimeOptions {
    return {
      home: this.home,
      host: '127.0.0.1',
      portRange: this.#range,
      capacity: { cpus: 100, mem: 100_000, disk: 100_000 },
      targets: this.targets,
      projection: this.projection,
      artifacts: { resolve: async () => [], place: async () => undefined },
      log: quietLog(this.lines),
      ...this.changes,
    };
  }

  async start(): Promise<void> {
    const runtime = createProcessRuntime(this.options());
    await runtime.start();
    this.#runtime = runtime;
  }

  /** The instances go on. */
  async stop(): Promise<void> {
    await this.#runtime?.stop();
    this.#runtime = undefined;
  }

  async close(): Promise<void> {
    this.projection.away = false;
    if (this.#runtime === undefined) await this.start();
    await this.runtime.stopInstances();
    await this.stop();
    const left = await processesOf(this.home);
    await rm(this.home, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`Processes are left: ${left.join(', ')}`);
  }

  /** Folder of an instance. */
  dir(instance: Instance): string {
    return path.join(this.home, 'instances', instance.id);
  }

  file(instance: Instance, name: string): Promise<string> {
    return readFile(path.join(this.dir(instance), name), 'utf8');
  }

  apply(app: App, declaration?: Declaration): Promise<void> {
    const version = app.versionInfo.lastConfigChangeAt;
    return this.runtime.apply(app, declaration ?? declare([app], { [version]: app.instances }), FENCE);
  }
}

/** Pids of all processes of a home's instances, zombies left out. */
export async function processesOf(home: string): Promise<number[]> {
  const mark = `${HOME_MARK}=${homeId(home)}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environ.split('\0').includes(mark) ? Number(pid) : undefined;
    }),
  );
  return marked.filter((pid) => pid !== undefined);
}

export async function instancesOf(
  runtime: Runtime,
  app: string,
  state?: Instance['state'],
): Promise<Instance[]> {
  const { instances } = await runtime.observe(app);
  return instances.filter((instance) => state === undefined || instance.state === state);
}

/** Waits until exactly so many run and are ready. */
export async function readyInstances(runtime: Runtime, app: string, count: number): Promise<Instance[]> {
  return until(
    async () => {
      const alive = (await runtime.observe(app)).instances.filter(({ endedAt }) => endedAt === undefined);
      return alive.length === count && alive.every(({ ready }) => ready) ? alive : undefined;
    },
    { what: `${count} ready instances of ${app}` },
  );
}

export function counts(instances: Instance[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { version } of instances) counted[version] = (counted[version] ?? 0) + 1;
  return counted;
}
