import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { openStore } from '../../src/store/connection.js';
import type { StoreObserver } from '../../src/store/observer.js';
import type { Store } from '../../src/store/store.js';

const CACHE = join('node_modules', '.cache', 'slipway');

/** Which databases the suites run on: always PGlite; a PostgreSQL server where one is named. */
export const DATABASES = ['PGlite', 'PostgreSQL'] as const;

/** Why the suites do not run on a PostgreSQL server; empty where they do. */
export const NO_SERVER =
  process.env.SLIPWAY_TEST_DATABASE_URL === undefined ? ' (SLIPWAY_TEST_DATABASE_URL is not set)' : '';

export interface TestStore {
  store: Store;
  /** Folder of the database, on PGlite. */
  dir: string;
  close(): Promise<void>;
}

/** A database of its own on PGlite; on PostgreSQL the one that is named: take environments of your own. */
export async function openTestStore(
  on: (typeof DATABASES)[number] = 'PGlite',
  observer: StoreObserver = {},
): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-store-'));
  const dir = join(folder, 'database');
  const databaseUrl = process.env.SLIPWAY_TEST_DATABASE_URL ?? '';
  const where = on === 'PGlite' ? { dir, seed: await emptyDatabase() } : { databaseUrl };
  const store = await openStore({ ...where, observer });
  return {
    store,
    dir,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A dump of an empty database, made once: making one takes seconds, and every test file wants one. */
export async function emptyDatabase(): Promise<string> {
  const lock = await readFile('package-lock.json');
  const file = join(CACHE, `pglite-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}.tar.gz`);
  if (existsSync(file)) return file;
  await mkdir(CACHE, { recursive: true });
  const client = await PGlite.create();
  const dump = await client.dumpDataDir('gzip');
  await client.close();
  const part = `${file}.${process.pid}`;
  await writeFile(part, Buffer.from(await dump.arrayBuffer()));
  await rename(part, file);
  return file;
}
