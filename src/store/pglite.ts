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
import { type OnSpace, requireSpace, withinSpace } from './space.js';
import { retried, type Store } from './store.js';

export interface FolderOptions {
  /** Folder of the database; made where it is missing. One process at a time may have it open. */
  dir: string;
  /** A dump of an empty database (`dumpDataDir`), to begin a new folder from: 1 s instead of 7 s. */
  seed?: string;
  observer?: StoreObserver;
  /** Told when its disk is full, and when there is room again. */
  onSpace?: OnSpace;
}

/** PostgreSQL in this process, in a folder. */
export async function openFolder(options: FolderOptions): Promise<Store> {
  await mkdir(dirname(options.dir), { recursive: true });
  requireSpace(dirname(options.dir));
  const client = await PGlite.create({ dataDir: options.dir, ...(await seedOf(options)) });
  const guardedClient = withinSpace(client, options.dir, options.onSpace ?? (() => undefined));
  const drizzled = drizzle({ client: withoutParsers(guardedClient) as PGlite });
  await migrate(drizzled, { migrationsFolder: migrationsFolder() });
  return storeOver(guardedClient, drizzled as unknown as Db, options.observer);
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
    transaction: (fn, { isolation } = {}) =>
      retried(() => db.transaction(fn, isolation && { isolationLevel: isolation }), observer),
    notify: async (channel, payload) => {
      await client.query('select pg_notify($1, $2)', [channel, payload]);
    },
    reclaim: () => vacuum(client),
    listen: async (channel, callback) => {
      const unlisten = await client.listen(channel, callback);
      return () => unlisten();
    },
    connections: () => ({ used: 0, idle: 0, waiting: 0 }),
    close: () => client.close(),
  };
}

/** Here nothing does it by itself. One table after another: what else is asked comes in between. */
async function vacuum(client: PGlite): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  for (const { name } of rows) await client.exec(`vacuum ${name}`);
}
