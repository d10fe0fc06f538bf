import type { PathId, Timestamp } from '../model/app.js';
import type { Outcome } from '../model/deployment.js';

/** A deployment that has ended, as it is told after the commit. */
export interface EndedDeployment {
  deployment: string;
  environment: string;
  outcome: Outcome;
  affectedApps: PathId[];
  acceptedAt: Timestamp;
  endedAt: Timestamp;
}

/** Told of what goes on in the database, as it goes on: for metrics and logs. What it does must not throw. */
export interface StoreObserver {
  /** A statement of its own, or a transaction, is done; with the driver's error where it failed. */
  done?(kind: 'query' | 'transaction', ms: number, error?: unknown): void;
  /** A transaction is run again because PostgreSQL gave it up in favour of another. */
  retried?(): void;
  /** The end of a deployment was committed by this process. */
  ended?(deployment: EndedDeployment): void;
}
