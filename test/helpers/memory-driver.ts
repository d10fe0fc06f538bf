import type { Answer, Limit } from '../../src/checks/answer.js';
import type { App, PathId } from '../../src/model/app.js';
import type {
  Driver,
  Exit,
  Folders,
  InstanceRecord,
  Recovered,
} from '../../src/runtimes/supervisor/driver.js';

/** An instance that runs nowhere. */
export interface Copy {
  readonly record: InstanceRecord;
  state: 'starting' | 'running' | 'ending';
  /** What its COMMAND check answers. */
  healthy: boolean;
}

/** What waits inside the driver for a copy. */
interface Waiting {
  start?: () => void;
  ask?: () => void;
}

/**
 * Instances in memory for the real supervisor. They start, pass their COMMAND check and end at once, unless the test
 * keeps those of an app in hand: then each start, pass and end waits for it.
 */
export class MemoryDriver implements Driver {
  readonly copies = new Map<string, Copy>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly inHand = new Set<PathId>();
  private readonly verdicts = new Map<PathId, (definition: App) => boolean>();
  private readonly told = new WeakMap<AbortSignal, boolean>();
  private exited: (id: string, exit: Exit) => void = () => undefined;

  /** Says which definitions of an app get healthy; instances that run follow. */
  judge(app: PathId, verdict: (definition: App) => boolean): void {
    this.verdicts.set(app, verdict);
    for (const copy of this.of(app)) this.setHealth(copy, this.passes(copy.record));
  }

  /** From now on nothing of the app starts, passes or ends by itself. */
  takeInHand(app: PathId): void {
    this.inHand.add(app);
  }

  /** Everything of the app goes by itself again, at once. */
  letGo(app: PathId): void {
    this.inHand.delete(app);
    for (const copy of this.of(app)) {
      if (copy.state === 'starting') this.begin(copy);
      else if (copy.state === 'ending') this.exit(copy, { exitStatus: 143, message: 'ended' });
      else this.setHealth(copy, this.passes(copy.record));
    }
  }

  of(app: PathId): Copy[] {
    return [...this.copies.values()].filter(({ record }) => record.app === app);
  }

  /** A copy that waits for its start runs. */
  begin(copy: Copy): void {
    this.waiting.get(copy.record.id)?.start?.();
  }

  setHealth(copy: Copy, healthy: boolean): void {
    copy.healthy = healthy;
    this.waiting.get(copy.record.id)?.ask?.();
  }

  /** It ends, by itself or because it was told to. */
  exit(copy: Copy, exit: Exit): void {
    const { id } = copy.record;
    if (!this.copies.delete(id)) return;
    this.waiting.delete(id);
    this.exited(id, exit);
  }

  cannotRun(): undefined {
    return undefined;
  }

  async start(
    record: InstanceRecord,
    _folders: Folders,
    isWanted: () => boolean,
  ): Promise<object | undefined> {
    const copy: Copy = { record, state: 'starting', healthy: false };
    this.copies.set(record.id, copy);
    if (this.inHand.has(record.app))
      await new Promise<void>((resolve) => this.waiting.set(record.id, { start: resolve }));
    if (!isWanted()) {
      this.copies.delete(record.id);
      return undefined;
    }
    copy.state = 'running';
    if (!this.inHand.has(record.app)) copy.healthy = this.passes(record);
    return {};
  }

  async beyondLimits(): Promise<Map<string, number>> {
    return new Map();
  }

  async recover(): Promise<Map<string, Recovered>> {
    return new Map();
  }

  signal(id: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    const copy = this.copies.get(id);
    if (!copy) return;
    copy.state = 'ending';
    if (signal === 'SIGTERM' && this.inHand.has(copy.record.app)) return;
    setImmediate(() => this.exit(copy, { exitStatus: 143, message: `was ended by ${signal}` }));
  }

  /** Answers the first question at once and a further one when the answer is another. */
  async command(record: InstanceRecord, _dir: string, _command: string, { signal }: Limit): Promise<Answer> {
    const copy = this.copies.get(record.id);
    if (!copy) return { ok: false, cause: 'has ended' };
    while (this.told.get(signal) === copy.healthy && !signal.aborted) await this.change(copy, signal);
    this.told.set(signal, copy.healthy);
    return copy.healthy ? { ok: true } : { ok: false, cause: 'is sick' };
  }

  onExit(listener: (id: string, exit: Exit) => void): void {
    this.exited = listener;
  }

  async sweep(): Promise<void> {}

  stop(): void {}

  private passes({ app, definition }: InstanceRecord): boolean {
    return this.verdicts.get(app)?.(definition) ?? true;
  }

  private change({ record }: Copy, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(record.id, { ask: resolve });
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
