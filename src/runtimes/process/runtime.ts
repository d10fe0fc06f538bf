import path from 'node:path';
import { notFound } from '../../errors.js';
import type { LogQuery, Runtime } from '../runtime.js';
import type { Log } from '../supervisor/log.js';
import type { SupervisorFigures, SupervisorObserver } from '../supervisor/observer.js';
import type { Projection, TargetStore } from '../supervisor/ports.js';
import type { Retention } from '../supervisor/retention.js';
import { Supervisor } from '../supervisor/supervisor.js';
import type { ArtifactCache } from './artifacts.js';
import { ProcessDriver } from './driver.js';
import { inheritable } from './environment.js';
import { type LogSource, readLog } from './logs.js';
import { DEFAULT_ROTATION, type Rotation } from './rotation.js';
import { Rotator } from './rotator.js';

export interface ProcessRuntimeOptions {
  /** Folder of the environment: everything of its instances lies in `<home>/instances`. Absolute. */
  home: string;
  /** Address under which instances are reached: HOST, and where checks go. */
  host: string;
  /** Attributes of this machine that apps may constrain, by name. */
  attributes?: Readonly<Record<string, string>>;
  portRange: readonly [first: number, last: number];
  /** What instances may take in all; mem and disk in MiB. */
  capacity: { cpus: number; mem: number; disk: number };
  targets: TargetStore;
  projection: Projection;
  artifacts: ArtifactCache;
  log: Log;
  observer?: SupervisorObserver;
  rotation?: Rotation & { lookMs?: number };
  retention?: Retention;
  /** The service's environment; instances get only PATH, language and time zone of it. */
  environment?: NodeJS.ProcessEnv;
  /** Milliseconds. */
  clock?: () => number;
}

/** Runs instances as processes of this machine. */
export interface ProcessRuntime extends Runtime {
  /** Takes over the instances that run and begins to supervise. Rejects, and may be repeated, while the targets cannot be read. */
  start(): Promise<void>;
  /** Ends supervising; the instances go on, and the next start takes them over. */
  stop(): Promise<void>;
  /** Ends all instances; what is declared stays declared. */
  stopInstances(): Promise<void>;
  figures(): SupervisorFigures;
}

export function createProcessRuntime(options: ProcessRuntimeOptions): ProcessRuntime {
  const { home, artifacts, log, rotation = DEFAULT_ROTATION } = options;
  const driver = new ProcessDriver({
    home,
    artifacts,
    inherited: inheritable(options.environment ?? process.env),
  });
  const supervisor = new Supervisor({ ...options, driver });
  const outputs = (id: string) => ['stdout', 'stderr'].map((name) => path.join(supervisor.dir(id), name));
  const files = () => supervisor.alive().flatMap(({ id }) => outputs(id));
  const lookMs = options.rotation?.lookMs;
  const rotator = new Rotator({ files, rotation, log, ...(lookMs !== undefined && { lookMs }) });

  const sourceOf = (id: string, query: LogQuery): LogSource => {
    const tracked = supervisor.instance(id);
    if (tracked === undefined) throw notFound(`Instance '${id}' does not exist`);
    const file = path.join(supervisor.dir(id), query.stream);
    return { file, kept: rotation.keep, turns: () => rotator.turns(file), isOpen: () => !tracked.isEnded };
  };

  return {
    start: async () => {
      await supervisor.start();
      rotator.start();
    },
    stop: async () => {
      rotator.stop();
      await supervisor.stop();
    },
    stopInstances: () => supervisor.stopInstances(),
    figures: () => supervisor.figures(),
    resolve: async (app, signal) => (app.fetch.length === 0 ? [] : artifacts.resolve(app.fetch, signal)),
    apply: (app, declaration, fence) => supervisor.apply(app, declaration, fence),
    observe: async (app) => supervisor.observe(app),
    watch: (app, listener) => supervisor.watch(app, listener),
    flush: () => supervisor.flush(),
    kill: (instances, kill) => supervisor.kill(instances, kill),
    resetDelay: async (app) => supervisor.resetDelay(app),
    logs: (instance, query) => readLog(sourceOf(instance, query), query),
    capacity: async () => supervisor.capacity(),
  };
}
