import type { Root } from '../model/root.js';
import { steady } from '../os/steady.js';
import type { Db } from './db.js';
import { isConflict, storeError } from './errors.js';
import type { StoreObserver } from './observer.js';

/** Channels of notify and listen. */
export const CHANNEL = {
  /** Rows were added to the event stream; no payload. */
  events: 'events',
  /** A deployment was accepted or has ended; payload is its id. */
  deployments: 'deployments',
} as const;
type ChannelName = (typeof CHANNEL)[keyof typeof CHANNEL];

/** The database. Every method throws RetryableError while it is away. */
export interface Store {
  readonly db: Db;
  /** Last root seen per environment; good only while the environment's version is the same (roots.ts). */
  readonly roots: Map<string, Root>;
  /** Who is told of what goes on here. */
  readonly observer: StoreObserver;
  /** Runs again after a serialization failure or a deadlock: `fn` must do nothing but use its argument. */
  transaction<T>(fn: (tx: Db) => Promise<T>, options?: TransactionOptions): Promise<T>;
  notify(channel: ChannelName, payload: string): Promise<void>;
  /** The space of rows that were removed is used again; a server sees to it by itself. */
  reclaim(): Promise<void>;
  /** Calls back for each notification, and with '' after a lost connection came back: some may have been missed. */
  listen(channel: ChannelName, callback: (payload: string) => void): Promise<() => Promise<void>>;
  /** Connections as they are now; none where the database is in this process. */
  connections(): Connections;
  close(): Promise<void>;
}

/** Of the pool of a process. */
export interface Connections {
  used: number;
  idle: number;
  /** Callers that wait for one. */
  waiting: number;
}

export interface TransactionOptions {
  /** `read committed` where nothing is said; `repeatable read`: all statements see the same moment. */
  isolation?: 'read committed' | 'repeatable read';
}

const ATTEMPTS = 5;

/** Runs a transaction, and again when PostgreSQL gave it up in favour of another. */
export async function retried<T>(transaction: () => Promise<T>, observer: StoreObserver = {}): Promise<T> {
  const began = steady();
  const done = (error?: unknown) => observer.done?.('transaction', steady() - began, error);
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await transaction();
      done();
      return result;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) {
        done(error);
        throw storeError(error);
      }
      observer.retried?.();
    }
  }
}
