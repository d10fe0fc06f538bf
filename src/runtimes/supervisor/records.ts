import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InstanceHistory, InstanceRecord } from './driver.js';
import { readJson, WriteQueue, writeJson } from './files.js';
import type { Log } from './log.js';

export interface Stored {
  record: InstanceRecord;
  history: InstanceHistory;
}

const RECORD = 'instance.json';
const HISTORY = 'history.json';

/** File names end at 255 characters; the tail of an id holds what makes it unique. */
const LONGEST_NAME = 250;

/**
 * The instances' folders, which are the truth about them: `instance.json` and `history.json` beside what the
 * driver keeps. Not synced to disk: a crash of the service loses nothing, and a crash of the machine ends the instances.
 */
export class Records {
  readonly #root: string;
  readonly #writes: WriteQueue;
  /** Saves that have not begun: what is asked for meanwhile is in them. */
  readonly #saves = new Map<string, Promise<void>>();

  constructor(
    home: string,
    private readonly log: Log,
  ) {
    this.#root = path.join(home, 'instances');
    this.#writes = new WriteQueue((instance, error) =>
      log.error({ instance, error }, 'cannot write the folder of an instance'),
    );
  }

  dir(id: string): string {
    return path.join(this.#root, id.slice(-LONGEST_NAME));
  }

  async open(): Promise<void> {
    await mkdir(this.#root, { recursive: true });
  }

  async create(record: InstanceRecord): Promise<void> {
    const dir = this.dir(record.id);
    await mkdir(dir);
    await writeFile(path.join(dir, RECORD), JSON.stringify(record));
  }

  /** Writes the history as it is when its turn comes; waits for earlier writes of the same instance. */
  save(id: string, history: () => InstanceHistory): Promise<void> {
    const waiting = this.#saves.get(id);
    if (waiting !== undefined) return waiting;
    const save = this.#writes.add(id, async () => {
      // An instance without hooks and checks is started and ready in the same turn.
      await nextTurn();
      this.#saves.delete(id);
      return writeJson(path.join(this.dir(id), HISTORY), history());
    });
    this.#saves.set(id, save);
    return save;
  }

  remove(id: string): Promise<void> {
    return this.#writes.add(id, () => rm(this.dir(id), { recursive: true, force: true }));
  }

  /** Waits for what is being written. */
  settle(): Promise<void> {
    return this.#writes.settle();
  }

  /** All instances on disk; a folder without a readable record never had a process and is removed. */
  async load(): Promise<Stored[]> {
    const names = await readdir(this.#root);
    const stored = await Promise.all(names.map((name) => this.#read(path.join(this.#root, name))));
    return stored.filter((one) => one !== undefined);
  }

  async #read(dir: string): Promise<Stored | undefined> {
    const record = await readJson<InstanceRecord>(path.join(dir, RECORD));
    if (record === undefined) {
      this.log.warn({ dir }, 'a folder without a readable instance record is removed');
      await rm(dir, { recursive: true, force: true });
      return undefined;
    }
    return { record, history: (await readJson<InstanceHistory>(path.join(dir, HISTORY))) ?? {} };
  }
}

/** Per identity the last incarnation: the one that a replacement goes on from. */
export function latestOfEach(stored: Stored[]): Set<Stored> {
  const latest = new Map<string, Stored>();
  for (const one of stored) {
    const known = latest.get(one.record.uuid);
    if (known === undefined || known.record.incarnation < one.record.incarnation)
      latest.set(one.record.uuid, one);
  }
  return new Set(latest.values());
}
