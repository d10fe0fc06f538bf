import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { type Callback, Callbacks } from './callbacks.js';
import { storeError } from './errors.js';
import { migrationsFolder } from './migrate.js';
import type { StoreObserver } from './observer.js';
import { type Prepared, pooledStore } from './pooled.js';
import { ProtocolStream, simpleQuery } from './protocol-stream.js';
import { type OnSpace, requireSpace, spaceWatch } from './space.js';
import type { Store } from './store.js';

export interface FolderOptions {
  /** Folder of the database; made where it is missing. One process at a time may have it open. */
  dir: string;
  /** A dump of an empty database (`dumpDataDir`), to begin a new folder from: 1 s instead of 7 s. */
  seed?: string;
  observer?: StoreObserver;
  /** Told when its disk is full, and when there is room again. */
  onSpace?: OnSpace;
}

/**
 * How often the one connection is used before it is made anew. Its prepared statements keep the plan that suited the tables
 * as they were: one that reads a small table from end to end is no good for the one that it grows to.
 */
const USES_OF_PLANS = 2_000;

/** PostgreSQL in this process, in a folder. */
export async function openFolder(options: FolderOptions): Promise<Store> {
  const { dir, observer = {}, onSpace = () => undefined } = options;
  await mkdir(dirname(dir), { recursive: true });
  requireSpace(dirname(dir));
  const database = await PGlite.create({ dataDir: dir, ...(await seedOf(options)) });
  const readOnly = (full: boolean) =>
    database.execProtocolRawSync(simpleQuery(`set default_transaction_read_only = ${full ? 'on' : 'off'}`));
  const callbacks = new Callbacks();
  const pool = poolOf(database, spaceWatch(dir, readOnly, onSpace), callbacks);
  await migrate(drizzle({ client: pool }), { migrationsFolder: migrationsFolder() });
  return pooledStore(pool, {
    observer,
    prepared: byName(),
    reclaim: () => vacuum(pool),
    listen: (channel, callback) => listen(pool, callbacks, channel, callback),
    connections: () => ({ used: 0, idle: 0, waiting: 0 }),
    close: async () => {
      await pool.end();
      await database.close();
    },
  });
}

async function seedOf(options: FolderOptions): Promise<{ loadDataDir?: Blob }> {
  if (options.seed === undefined || existsSync(join(options.dir, 'PG_VERSION'))) return {};
  return { loadDataDir: new Blob([await readFile(options.seed)]) };
}

/** One connection, for there is one session in the process; nothing of the process' surroundings is heeded (PGHOST, PGSSLMODE). */
function poolOf(database: PGlite, look: () => void, callbacks: Callbacks): pg.Pool {
  const pool = new pg.Pool({
    host: 'localhost',
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    max: 1,
    maxUses: USES_OF_PLANS,
    idleTimeoutMillis: 0,
    // Of a socket pg uses no more than this.
    stream: () => new ProtocolStream(database, look) as never,
    onConnect: async (client) => {
      client.on('error', () => undefined); // the query that runs tells of it
      client.on('notification', ({ channel, payload }) => callbacks.tell(channel, payload ?? ''));
      await forget(client);
    },
  });
  pool.on('error', () => undefined);
  return pool;
}

/** The session outlives the connection: with a transaction that the one before left open, and its prepared statements. */
async function forget(client: pg.ClientBase): Promise<void> {
  await client.query('rollback');
  await client.query('deallocate all');
}

/** A text that is longer has as many parameters as something has members: it hardly comes again. */
const LONGEST_NAMED = 8_000;
const MOST_NAMED = 500;

/** Statements are prepared once and then called by name: parsing and planning them is most of what they cost here. */
function byName(): Prepared {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const known = names.get(text);
    if (known !== undefined || text.length > LONGEST_NAMED || names.size === MOST_NAMED) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
  const named = (config: pg.QueryConfig) => {
    const name = nameOf(config.text);
    return name === undefined ? config : { ...config, name };
  };
  return (client) => ({
    query: ((config: pg.QueryConfig, values: unknown[]) =>
      client.query(named(config), values)) as pg.Pool['query'],
  });
}

/** The session listens from the first on, and for good. */
async function listen(pool: pg.Pool, callbacks: Callbacks, channel: string, callback: Callback) {
  const remove = callbacks.add(channel, callback);
  await pool.query(`listen ${pg.escapeIdentifier(channel)}`).catch((error: unknown) => {
    throw storeError(error);
  });
  return async () => remove();
}

/** Here nothing does it by itself. One table after another: what else is asked comes in between. */
async function vacuum(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  for (const { name } of rows) await pool.query(`vacuum ${name}`);
}
