import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PathId } from '../../model/app.js';
import { readJson, WriteQueue, writeJson } from './files.js';
import { appName, type Identity } from './identity.js';
import type { Log } from './log.js';
import type { Known } from './member.js';

/** What stays with an ordinal when its instance is replaced: who it is, as it was started last, and what belongs there. */
export interface Ordinal extends Identity, Known {}

export interface StoredOrdinal {
  app: PathId;
  ordinal: number;
  state: Ordinal;
}

const FILE = 'ordinal.json';
const VOLUMES = 'volumes';

/**
 * The folders of ordinals, `<home>/ordinals/<app>/<ordinal>`: `ordinal.json` and the volumes of its instances. They outlive
 * instances, versions and scaling down, and go with the app.
 */
export class Ordinals {
  readonly #root: string;
  readonly #writes: WriteQueue;

  constructor(home: string, log: Log) {
    this.#root = path.join(home, 'ordinals');
    this.#writes = new WriteQueue((app, error) =>
      log.error({ app, error }, 'cannot write the folder of an ordinal'),
    );
  }

  /** Folder that holds the volumes of an ordinal; made when they are needed. */
  volumes(app: PathId, ordinal: number): string {
    return path.join(this.#dir(app, ordinal), VOLUMES);
  }

  save({ app, ordinal, state }: StoredOrdinal): Promise<void> {
    return this.#writes.add(app, async () => {
      const dir = this.#dir(app, ordinal);
      await mkdir(dir, { recursive: true });
      await writeJson(path.join(dir, FILE), { app, ordinal, state });
    });
  }

  /** Forgets identity and data. */
  wipe(app: PathId, ordinal: number): Promise<void> {
    return this.#remove(app, this.#dir(app, ordinal));
  }

  /** The app is gone: so is all that its ordinals had. */
  forget(app: PathId): Promise<void> {
    return this.#remove(app, path.join(this.#root, appName(app)));
  }

  /** Waits for what is being written. */
  settle(): Promise<void> {
    return this.#writes.settle();
  }

  /** All that are on disk; one whose file cannot be read begins anew, with the data that is there. */
  async load(): Promise<StoredOrdinal[]> {
    const files = (await foldersIn(this.#root)).map(async (app) => {
      const ordinals = await foldersIn(app);
      return Promise.all(ordinals.map((dir) => readJson<StoredOrdinal>(path.join(dir, FILE))));
    });
    return (await Promise.all(files)).flat().filter((one) => one !== undefined);
  }

  #remove(app: PathId, dir: string): Promise<void> {
    return this.#writes.add(app, () => rm(dir, { recursive: true, force: true }));
  }

  #dir(app: PathId, ordinal: number): string {
    return path.join(this.#root, appName(app), String(ordinal));
  }
}

/** Paths of the folders in a folder; none where it is not there. */
async function foldersIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(dir, name));
}
