import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { TerminalError } from '../errors.js';
import type { Db } from './db.js';
import { storeError } from './errors.js';
import { guarded } from './guarded.js';
import { createListener } from './listener.js';
import { migrationsFolder } from './migrate.js';
import { type Store, transactionOf } from './store.js';

/** A server of an older major version lacks nothing that we use today, but nobody tests it. */
const OLDEST = { number: 150_000, name: 'PostgreSQL 15' };
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that took a query and is silent for so long has hung, or the network between has. */
const QUERY_TIMEOUT_MS = 20_000;
/** Any number, the same in every process: who holds it migrates, the others wait. */
const MIGRATION_LOCK = 7_511_947;

export interface ServerOptions {
  databaseUrl: string;
  /** Connections at most, beside the one that listens. */
  pool?: number;
}

const POOL_SIZE = 10;

/**
 * A PostgreSQL server, shared by as many processes as wanted. Throws RetryableError where it cannot be reached,
 * TerminalError where it does not let us in or is too old.
 */
export async function openServer({ databaseUrl, pool: max = POOL_SIZE }: ServerOptions): Promise<Store> {
  await prepare(databaseUrl);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  });
  // An idle connection that the server closed is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  return storeOver(pool, databaseUrl);
}

/** On a connection of its own: waiting for another process that migrates may take long. */
async function prepare(databaseUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // the query that runs rejects
  try {
    await client.connect();
    await requireVersion(client);
    await migrateUnderLock(client);
  } catch (error) {
    throw refused(error) ?? storeError(error);
  } finally {
    await client.end().catch(() => undefined); // gives the lock back, too
  }
}

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
  const found = Number(rows[0]?.server_version_num);
  if (found >= OLDEST.number) return;
  throw new TerminalError(
    'bad_request',
    `The database of DATABASE_URL is PostgreSQL ${Math.floor(found / 10_000)}; ${OLDEST.name} or newer is needed.`,
  );
}

async function migrateUnderLock(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  await migrate(drizzle({ client }), { migrationsFolder: migrationsFolder() });
}

/** Classes 28 (who are you), 3D (no such database), and 42501 (not allowed to): trying again does not help. */
function refused(error: unknown): TerminalError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (!/^28...$|^3D000$|^42501$/.test(String(error.code))) return undefined;
  return new TerminalError('forbidden', `The database of DATABASE_URL refuses: ${error.message}.`);
}

function storeOver(pool: pg.Pool, databaseUrl: string): Store {
  const db = drizzle({ client: pool }) as unknown as Db;
  const listener = createListener(databaseUrl);
  return {
    db: guarded(db),
    roots: new Map(),
    transaction: (fn, options) => transactionOf(db, fn, options),
    notify: async (channel, payload) => {
      await pool.query('select pg_notify($1, $2)', [channel, payload]).catch((error: unknown) => {
        throw storeError(error);
      });
    },
    reclaim: async () => undefined,
    listen: (channel, callback) => listener.listen(channel, callback),
    close: async () => {
      await listener.close();
      await pool.end();
    },
  };
}
