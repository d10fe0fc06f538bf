import { constants } from 'node:os';
import path from 'node:path';
import type { Answer, Limit } from '../../checks/answer.js';
import { askCommand } from '../../checks/command.js';
import { TerminalError } from '../../errors.js';
import type { App } from '../../model/app.js';
import { type ProcessIdentity, startTimeOf } from '../../os/process-table.js';
import type { Driver, Exit, Folders, InstanceRecord, Recovered } from '../supervisor/driver.js';
import type { ArtifactCache } from './artifacts.js';
import { environmentOf, homeId } from './environment.js';
import { exitWith, KILLED, KILLED_WHILE_AWAY, notedStatus } from './exit.js';
import { Launcher } from './launcher.js';
import { beyondLimits } from './memory.js';
import { isUsed, parseShimPid, readText, signalGroup, signalPid, stillRuns, visitMarked } from './proc.js';
import { findProgram } from './program.js';
import { giveFolders, giveTo, makeSandbox, outputsOf, sandboxOf } from './sandbox.js';
import { SHIM, SHIM_NAME } from './shim.js';
import { runAs } from './user.js';
import { linkVolumes, volumesOf } from './volumes.js';

export interface ProcessDriverOptions {
  home: string;
  artifacts: ArtifactCache;
  /** What instances inherit of the service's environment. */
  inherited: Record<string, string>;
}

interface Running extends ProcessIdentity {
  dir: string;
  /** Taken over: it is no child of this service, so its end is found by looking. */
  adopted: boolean;
}

/** How often processes that are no children are looked for: one call each. */
const LOOK_MS = 500;
/** Every so many times it is read whether the pid is a zombie or somebody else's by now. */
const READ_EVERY = 4;

/** A program that was started a moment ago is asked to end as soon as it has begun. */
const BEGIN_MS = 10;

/** Runs instances as processes of this machine, each in a process group of its own under a shim. */
export class ProcessDriver implements Driver {
  readonly #running = new Map<string, Running>();
  readonly #launcher = new Launcher();
  #listener: (id: string, exit: Exit) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  constructor(private readonly options: ProcessDriverOptions) {}

  onExit(listener: (id: string, exit: Exit) => void): void {
    this.#listener = listener;
  }

  cannotRun(app: App): string | undefined {
    const secret = Object.entries(app.env).find(([, value]) => typeof value !== 'string');
    if (app.container?.docker !== undefined) {
      return `needs the Docker image '${app.container.docker.image}'; this environment runs processes`;
    }
    if (secret !== undefined) return `needs the secret of ${secret[0]}; this environment keeps no secrets`;
    if (app.gpus > 0) return `needs ${app.gpus} gpus; this environment has none`;
    const outside = app.stateful ? volumesOf(app).find((volume) => volume.startsWith('/')) : undefined;
    if (outside !== undefined)
      return `needs the volume ${outside} outside of its sandbox; this environment has relative ones`;
    if (app.cmd === undefined && app.args === undefined)
      return 'has neither cmd nor args; this environment runs processes';
    return undefined;
  }

  async start(
    record: InstanceRecord,
    { dir, volumes }: Folders,
    isWanted: () => boolean,
  ): Promise<{ pid: number } | undefined> {
    const { definition } = record;
    const sandbox = await makeSandbox(dir);
    const env = this.#environment(record, sandbox);
    if (definition.fetch.length > 0) await this.options.artifacts.place(definition.fetch, sandbox);
    const kept = volumes === undefined ? [] : await linkVolumes(definition, sandbox, volumes);
    const user = definition.user === undefined ? undefined : await runAs(definition.user, env);
    if (user !== undefined) await Promise.all([giveTo(sandbox, user), giveFolders(kept, user)]);
    const argv = [...(user?.prefix ?? []), ...programOf(definition, env, sandbox)];
    return this.#spawn(record.id, dir, { argv, env, sandbox, isWanted });
  }

  async recover(records: { record: InstanceRecord; dir: string }[]): Promise<Map<string, Recovered>> {
    this.#launcher.warm();
    const shims = new Map<string, ProcessIdentity>();
    await visitMarked(this.#mark, ({ pid, instance }) => {
      const startTime = isShim(pid) ? startTimeOf(pid) : undefined;
      if (startTime !== undefined) shims.set(instance, { pid, startTime });
    });
    const found = records.map(({ record, dir }) => {
      const leader = parseShimPid(readText(path.join(dir, 'pid'))) ?? shims.get(record.id);
      return [record.id, this.#recoverOne(record.id, dir, leader)] as const;
    });
    this.#timer = setInterval(() => this.#lookAtAdopted(), LOOK_MS).unref();
    return new Map(found);
  }

  signal(id: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    if (signal === 'SIGTERM' && !hasBegun(running))
      setTimeout(() => this.signal(id, signal), BEGIN_MS).unref();
    else signalGroup(running, signal);
  }

  async command(record: InstanceRecord, dir: string, command: string, limit: Limit): Promise<Answer> {
    const cwd = sandboxOf(dir);
    const env = this.#environment(record, cwd);
    const { user } = record.definition;
    const prefix = user === undefined ? [] : ((await runAs(user, env))?.prefix ?? []);
    const [program = '/bin/sh', ...rest] = [...prefix, '/bin/sh', '-c', command];
    return askCommand({ argv: [program, ...rest], shown: command, cwd, env }, limit);
  }

  beyondLimits(limits: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    return beyondLimits(this.#mark, limits);
  }

  async sweep(isAlive: (id: string) => boolean): Promise<void> {
    await visitMarked(this.#mark, ({ pid, instance }) => {
      if (!isAlive(instance)) signalPid(pid, 'SIGKILL');
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#launcher.stop();
    this.#running.clear();
  }

  get #mark(): string {
    return homeId(this.options.home);
  }

  #environment(record: InstanceRecord, sandbox: string): Record<string, string> {
    return environmentOf(record, sandbox, this.options.home, this.options.inherited);
  }

  async #spawn(
    id: string,
    dir: string,
    what: { argv: string[]; env: Record<string, string>; sandbox: string; isWanted: () => boolean },
  ): Promise<{ pid: number } | undefined> {
    const [stdout, stderr] = outputsOf(dir);
    if (!what.isWanted()) return undefined;
    const argv = ['/bin/sh', '-c', SHIM, SHIM_NAME, dir, ...what.argv];
    const { env, sandbox: cwd } = what;
    const program = { argv, cwd, env, stdout, stderr };
    const pid = await this.#launcher.launch(program, {
      started: (leader) =>
        this.#running.set(id, { pid: leader, startTime: startTimeOf(leader) ?? '', dir, adopted: false }),
      exited: (status, signal) => this.#exited(id, notedStatus(dir) ?? statusOf(status, signal)),
      lost: () => this.#adopt(id),
    });
    return { pid };
  }

  /** Nobody tells of its end any more. */
  #adopt(id: string): void {
    const running = this.#running.get(id);
    if (running !== undefined) this.#running.set(id, { ...running, adopted: true });
  }

  /** Without a status the shim was killed: what it led may still run, and goes with the next sweep. */
  #exited(id: string, status: number | undefined): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    this.#listener(id, status === undefined ? KILLED : exitWith(status, running.dir));
  }

  #recoverOne(id: string, dir: string, leader: ProcessIdentity | undefined): Recovered {
    if (leader === undefined) return { state: 'neverStarted' };
    if (startTimeOf(leader.pid) === leader.startTime) {
      this.#running.set(id, { ...leader, dir, adopted: true });
      return { state: 'running', pid: leader.pid };
    }
    const status = notedStatus(dir);
    return { state: 'exited', exit: status === undefined ? KILLED_WHILE_AWAY : exitWith(status, dir) };
  }

  #lookAtAdopted(): void {
    this.#looks += 1;
    const isThere = this.#looks % READ_EVERY === 0 ? stillRuns : isUsed;
    for (const [id, running] of this.#running) {
      if (running.adopted && !isThere(running)) this.#exited(id, notedStatus(running.dir));
    }
  }
}

/** `cmd` is a line for the shell; `args` are a program and its arguments, no shell. */
function programOf(app: App, env: Record<string, string>, sandbox: string): string[] {
  if (app.cmd !== undefined) return ['/bin/sh', '-c', app.cmd];
  const [name = '', ...rest] = app.args ?? [];
  const program = findProgram(name, env, sandbox);
  if (program === undefined) {
    throw new TerminalError(
      'invalid',
      `Program '${name}' was not found; it must be on PATH or in the sandbox.`,
    );
  }
  return [program, ...rest];
}

/** SIGKILL ends the shim too, whoever sent it; any other end of the shim is its program's. */
function statusOf(status: number | null, signal: NodeJS.Signals | null): number | undefined {
  if (signal === 'SIGKILL') return undefined;
  return signal === null ? (status ?? undefined) : 128 + constants.signals[signal];
}

/**
 * Between its fork and its exec a program still has the shim's traps, which would swallow SIGTERM. It has begun
 * when a child of the shim is no copy of the shim any more, or the shim is gone.
 */
function hasBegun({ pid, startTime }: ProcessIdentity): boolean {
  const children = readText(`/proc/${pid}/task/${pid}/children`)?.trim();
  if (children === undefined || startTimeOf(pid) !== startTime) return true;
  return children !== '' && children.split(' ').some((child) => !isShim(Number(child)));
}

/** The service may have died before the shim had noted itself. */
function isShim(pid: number): boolean {
  return readText(`/proc/${pid}/cmdline`)?.includes(`\0${SHIM_NAME}\0`) === true;
}
