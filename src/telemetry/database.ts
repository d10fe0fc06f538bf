import { RetryableError, TerminalError } from '../errors.js';
import { isConflict, storeError } from '../store/errors.js';
import type { StoreObserver } from '../store/observer.js';
import type { Connections } from '../store/store.js';
import type { Metrics } from './metrics.js';

/** Counts what goes on in the database. */
export function databaseObserver(metrics: Metrics): Pick<StoreObserver, 'done' | 'retried'> {
  const seconds = metrics.histogram(
    'slipway_database_seconds',
    'Of a statement of its own (query), or of a whole transaction',
    'call',
    'kind',
  );
  const errors = metrics.counter(
    'slipway_database_errors_total',
    'Queries and transactions that failed: away (it cannot be reached), conflict (given up for others again and again), other',
    'kind',
    'reason',
  );
  const retries = metrics.counter(
    'slipway_database_retries_total',
    'Transactions that were run again because PostgreSQL gave them up in favour of others',
  );
  // What is counted from 0 can be seen to grow by its first one.
  for (const kind of ['query', 'transaction'])
    for (const reason of ['away', 'conflict', 'other']) errors.inc({ kind, reason }, 0);
  return {
    done: (kind, ms, error) => {
      seconds.observe({ kind }, ms / 1000);
      const reason = error === undefined ? undefined : reasonOf(error);
      if (reason !== undefined) errors.inc({ kind, reason });
    },
    retried: () => retries.inc(),
  };
}

/** Undefined where it is the caller's fault, or a refusal by our own rules. */
function reasonOf(error: unknown): 'away' | 'conflict' | 'other' | undefined {
  const meant = storeError(error);
  if (meant instanceof TerminalError) return undefined;
  if (meant instanceof RetryableError) return 'away';
  return isConflict(error) ? 'conflict' : 'other';
}

/** Shows the pool of connections. */
export function showConnections(metrics: Metrics, store: { connections(): Connections }): void {
  const connections = metrics.gauge(
    'slipway_database_connections',
    'Connections of the pool, by state; none with an embedded database',
    'state',
  );
  const waiting = metrics.gauge('slipway_database_waiting', 'Callers that wait for a connection of the pool');
  metrics.onRead([connections, waiting], async () => () => {
    const now = store.connections();
    connections.set({ state: 'used' }, now.used);
    connections.set({ state: 'idle' }, now.idle);
    waiting.set(now.waiting);
  });
}
