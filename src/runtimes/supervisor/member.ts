import type { App, Timestamp } from '../../model/app.js';

/** An alive instance as the reconciler sees it. */
export interface Member {
  id: string;
  version: Timestamp;
  killing: boolean;
  /** It is killing and will be replaced after its end, so none is started beside it. */
  keepsPlace: boolean;
  /** False while it is killing. */
  ready: boolean;
  /** Milliseconds; decides between younger and older. */
  stagedAt: number;
  /** Of a stateful app's instance. */
  ordinal?: number;
  /** It was ready before the service was restarted, and its checks have not answered since. */
  awaited?: boolean;
}

/** What is remembered of an ordinal also while nothing runs there. */
export interface Known {
  /** Run version that belongs there; absent where none was started since the ordinal is wanted. */
  version?: Timestamp;
  /** That version took the place of another, and was not ready there yet. */
  turned?: boolean;
}

export interface ReconcileContext {
  /** Milliseconds. */
  now: number;
  /** End of the back-off per run version, milliseconds. */
  delays: ReadonlyMap<Timestamp, number>;
  selection: App['killSelection'];
  /** For stateful apps: run version of the newest definition, and what is known of the ordinals. */
  newest?: Timestamp;
  ordinals?: ReadonlyMap<number, Known>;
}
