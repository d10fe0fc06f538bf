import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { RetryableError } from '../errors.js';
import type { Db } from './db.js';
import { storeError } from './errors.js';
import { guarded } from './guarded.js';
import type { StoreObserver } from './observer.js';
import { retried, type Store, type TransactionOptions } from './store.js';

/** What the two kinds of database do each in their way. */
type Own = Pick<Store, 'reclaim' | 'listen' | 'connections' | 'close'> & {
  observer: StoreObserver;
  /** What drizzle asks in the place of a connection or the pool. */
  prepared?: Prepared;
};

export type Prepared = (client: pg.Pool | pg.PoolClient) => Pick<pg.Pool, 'query'>;

/** A store over connections of pg. */
export function pooledStore(pool: pg.Pool, { observer, prepared = (client) => client, ...own }: Own): Store {
  const over = (client: pg.Pool | pg.PoolClient) =>
    drizzle({ client: prepared(client) as pg.Pool }) as unknown as Db;
  return {
    ...own,
    db: guarded(over(pool), observer),
    roots: new Map(),
    observer,
    transaction: (fn, options) =>
      retried(() => inTransaction(pool, (client) => fn(over(client)), options), observer),
    notify: async (channel, payload) => {
      await pool.query('select pg_notify($1, $2)', [channel, payload]).catch((error: unknown) => {
        throw storeError(error);
      });
    },
  };
}

/**
 * A transaction on a connection of its own. Where the server is away or fell silent the connection is thrown away, which
 * rolls back as well: the next to use it would wait behind what never comes.
 */
async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  { isolation = 'read committed' }: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(`begin isolation level ${isolation}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = storeError(error) instanceof RetryableError;
    if (!broken) await client.query('rollback');
    throw error;
  } finally {
    client.release(broken);
  }
}
