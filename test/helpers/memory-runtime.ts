import { randomUUID } from 'node:crypto';
import type { App, PathId, Timestamp } from '../../src/model/app.js';
import { type Instance, isAlive, type Observation } from '../../src/model/instance.js';
import type { Declaration, Fence, ResolvedArtifact, Runtime } from '../../src/runtimes/runtime.js';

/** What the test says: may the instance get ready? Instances of a version are counted from 0. */
type Verdict = (app: PathId, version: Timestamp, index: number) => boolean;

/** A runtime in memory, for workflows and activities: starts and ends at once, readiness is the test's. */
export class MemoryRuntime implements Runtime {
  readonly declarations = new Map<PathId, Declaration>();
  readonly peak = new Map<PathId, number>();
  readonly fewestReady = new Map<PathId, number>();
  readonly kills: string[] = [];
  readonly resets: PathId[] = [];
  resolveError: Error | undefined;
  refuse: (fence: Fence) => Error | undefined = () => undefined;
  private readonly instances = new Map<PathId, Instance[]>();
  private readonly listeners = new Map<PathId, Set<() => void>>();

  constructor(private verdict: Verdict = () => true) {}

  /** Changes which versions get ready; instances that are there follow. */
  judge(verdict: Verdict): void {
    this.verdict = verdict;
    for (const app of this.instances.keys()) this.changed(app);
  }

  /** Instances that were there before the deployment. */
  seed(app: PathId, version: Timestamp, count: number): void {
    this.instances.set(
      app,
      Array.from({ length: count }, () => this.started(app, version)),
    );
    this.changed(app);
  }

  /** The last so many instances of the version end with status 1, and others come for them. */
  fail(app: PathId, version: Timestamp, count = 1): void {
    const failing = this.alive(app)
      .filter((instance) => instance.version === version)
      .slice(-count);
    for (const instance of failing) {
      const at = new Date().toISOString();
      Object.assign(instance, {
        state: 'failed',
        ready: false,
        endedAt: at,
        exitStatus: 1,
        message: 'exited with status 1',
      });
      this.instances.get(app)?.push(this.started(app, version));
    }
    this.changed(app);
  }

  versions(app: PathId): Timestamp[] {
    return this.alive(app).map((instance) => instance.version);
  }

  async resolve(): Promise<ResolvedArtifact[]> {
    if (this.resolveError) throw this.resolveError;
    return [];
  }

  async apply(app: App, declaration: Declaration, fence: Fence): Promise<void> {
    const refused = this.refuse(fence);
    if (refused) throw refused;
    this.declarations.set(app.id, declaration);
    const before = this.alive(app.id);
    const kept: Instance[] = [];
    for (const [version, wanted] of Object.entries(declaration.split)) {
      const there = before.filter((instance) => instance.version === version).slice(0, wanted);
      const missing = Math.max(0, wanted - there.length);
      kept.push(...there, ...Array.from({ length: missing }, () => this.started(app.id, version)));
    }
    const ended = (this.instances.get(app.id) ?? []).filter((instance) => !isAlive(instance.state));
    this.instances.set(app.id, [...ended, ...kept]);
    this.changed(app.id);
  }

  async observe(app: PathId): Promise<Observation> {
    return { instances: [...(this.instances.get(app) ?? [])], waiting: [] };
  }

  watch(app: PathId, listener: () => void): () => void {
    const listeners = this.listeners.get(app) ?? new Set();
    this.listeners.set(app, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  async flush(): Promise<void> {}

  async kill(ids: string[]): Promise<void> {
    this.kills.push(...ids);
    for (const [app, instances] of this.instances) {
      this.instances.set(
        app,
        instances.filter((instance) => !ids.includes(instance.id)),
      );
      this.changed(app);
    }
  }

  async resetDelay(app: PathId): Promise<void> {
    this.resets.push(app);
  }

  async *logs(): AsyncIterable<string> {}

  async capacity() {
    const none = { cpus: 0, mem: 0, disk: 0, ports: 0 };
    return { total: none, taken: none };
  }

  private alive(app: PathId): Instance[] {
    return (this.instances.get(app) ?? []).filter((instance) => isAlive(instance.state));
  }

  private changed(app: PathId): void {
    const counted = new Map<Timestamp, number>();
    for (const instance of this.alive(app)) {
      const index = counted.get(instance.version) ?? 0;
      counted.set(instance.version, index + 1);
      instance.ready = this.verdict(app, instance.version, index);
    }
    const alive = this.alive(app);
    this.peak.set(app, Math.max(this.peak.get(app) ?? 0, alive.length));
    const ready = alive.filter((instance) => instance.ready).length;
    if (alive.length > 0) this.fewestReady.set(app, Math.min(this.fewestReady.get(app) ?? ready, ready));
    for (const listener of this.listeners.get(app) ?? []) listener();
  }

  private started(app: PathId, version: Timestamp): Instance {
    const now = new Date().toISOString();
    return {
      id: `${app.slice(1).replaceAll('/', '_')}.instance-${randomUUID()}._app.1`,
      app,
      version,
      state: 'running',
      ready: false,
      healthy: null,
      host: '127.0.0.1',
      ports: [],
      stagedAt: now,
      startedAt: now,
      since: now,
      healthCheckResults: [],
      readinessResults: [],
    };
  }
}
