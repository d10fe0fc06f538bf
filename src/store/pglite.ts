import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { Db } from './db.js';
import { guarded } from './guarded.js';
import { migrationsFolder } from './migrate.js';
import type { StoreObserver } from './observer.js';
import { type Store, transactionOf } from './store.js';

export interface FolderOptions {
  /** Folder of the database; made where it is missing. One process at a time may have it open. */
  dir: string;
  /** A dump of an empty database (`dumpDataDir`), to begin a new folder from: 1 s instead of 7 s. */
  seed?: string;
  observer?: StoreObserver;
}

/** PostgreSQL in this process, in a folder. */
export async function openFolder(options: FolderOptions): Promise<Store> {
  await mkdir(dirname(options.dir), { recursive: true });
  const client = await PGlite.create({ dataDir: options.dir, ...(await seedOf(options)) });
  const drizzled = drizzle({ client: withoutParsers(client) as PGlite });
  await migrate(drizzled, { migrationsFolder: migrationsFolder() });
  return storeOver(client, drizzled as unknown as Db, options.observer);
}

type Query = PGlite['query'];

/**
 * Drizzle hands parsers of dates along with every query, and PGlite then copies its whole table of parsers each time: a
 * sixth of what a change cost. The tables here have no dates.
 */
function withoutParsers(client: PGlite): Pick<PGlite, 'query' | 'transaction'> {
  return {
    query: plainQuery(client.query.bind(client) as Query),
    transaction: (work) => client.transaction((tx) => work({ ...tx, query: plainQuery(tx.query) })),
  };
}

function plainQuery(query: Query): Query {
  return (text, params, { parsers: _parsers, ...options } = {}) => query(text, params, options);
}

async function seedOf(options: FolderOptions): Promise<{ loadDataDir?: Blob }> {
  if (options.seed === undefined || existsSync(join(options.dir, 'PG_VERSION'))) return {};
  return { loadDataDir: new Blob([await readFile(options.seed)]) };
}

function storeOver(client: PGlite, db: Db, observer: StoreObserver = {}): Store {
  return {
    db: guarded(db, observer),
    roots: new Map(),
    observer,
    transaction: (fn, options) => transactionOf(db, fn, options, observer),
    notify: async (channel, payload) => {
      await client.query('select pg_notify($1, $2)', [channel, payload]);
    },
    listen: async (channel, callback) => {
      const unlisten = await client.listen(channel, callback);
      return () => unlisten();
    },
    connections: () => ({ used: 0, idle: 0, waiting: 0 }),
    close: () => client.close(),
  };
}
