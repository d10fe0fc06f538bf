import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import type { Db } from './db.js';
import { storeError } from './errors.js';
import { guarded } from './guarded.js';
import { createListener } from './listener.js';
import { migrationsFolder } from './migrate.js';
import { type Store, transactionOf } from './store.js';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** Any number, the same in every process: who holds it migrates, the others wait. */
const MIGRATION_LOCK = 7_511_947;

/** A PostgreSQL server, shared by as many processes as wanted. */
export async function openServer(databaseUrl: string): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // An idle connection that the server closed is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  try {
    await migrateUnderLock(pool);
  } catch (error) {
    await pool.end();
    throw storeError(error);
  }
  return storeOver(pool, databaseUrl);
}

async function migrateUnderLock(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle({ client }), { migrationsFolder: migrationsFolder() });
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    client.release();
  } catch (error) {
    client.release(true); // closes the connection, and with it gives the lock back
    throw error;
  }
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
    listen: (channel, callback) => listener.listen(channel, callback),
    close: async () => {
      await listener.close();
      await pool.end();
    },
  };
}
