import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { TerminalError } from '../errors.js';
import { storeError } from './errors.js';
import { createListener } from './listener.js';
import { migrationsFolder } from './migrate.js';
import type { StoreObserver } from './observer.js';
import { pooledStore } from './pooled.js';
import { Sockets } from './sockets.js';
import type { Store } from './store.js';

/** A server of an older major version lacks nothing that we use today, but nobody tests it. */
const OLDEST = { number: 150_000, name: 'PostgreSQL 15' };
const CONNECT_TIMEOUT_MS = 5_000;
/** Any number, the same in every process: who holds it migrates, the others wait. */
const MIGRATION_LOCK = 7_511_947;

export interface ServerOptions {
  databaseUrl: string;
  /** Connections at most, beside the one that listens. */
  pool?: number;
  patience?: Patience;
  observer?: StoreObserver;
}

/** Milliseconds. */
interface Patience {
  /** A statement that takes longer is given up by the server, so that those that wait for it do not pile up there. */
  statement: number;
  /** A server that took a query and is silent for so long has hung, or the network between has. */
  silence: number;
}

const PATIENCE: Patience = { statement: 15_000, silence: 20_000 };

const POOL_SIZE = 10;

/**
 * A PostgreSQL server, shared by as many processes as wanted. Throws RetryableError where it cannot be reached,
 * TerminalError where it does not let us in or is too old.
 */
export async function openServer(options: ServerOptions): Promise<Store> {
  const { databaseUrl, pool: max = POOL_SIZE, patience = PATIENCE, observer = {} } = options;
  await prepare(databaseUrl);
  const sockets = new Sockets();
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: patience.statement,
    query_timeout: patience.silence,
    keepAlive: true,
    Client: Connection,
    stream: () => sockets.open(),
  });
  // An idle connection that the server closed is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const listener = createListener(databaseUrl, () => sockets.open());
  return pooledStore(pool, {
    observer,
    reclaim: async () => undefined,
    listen: (channel, callback) => listener.listen(channel, callback),
    connections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => sockets.closeAfter(Promise.all([listener.close(), pool.end()])),
  });
}

/** One that is lost while it is in use tells it by the query that runs; an error that nobody listens to would end the process. */
class Connection extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** On a connection of its own: waiting for another process that migrates may take long. */
async function prepare(databaseUrl: string): Promise<void> {
  const client = new Connection({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
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
