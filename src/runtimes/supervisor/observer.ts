import type { Waiting } from '../../model/instance.js';
import type { InstanceHistory, InstanceRecord, KillOrder } from './driver.js';

type InstanceEnd = NonNullable<InstanceHistory['end']>;

/** Told of what happens to instances, as it happens: for metrics and logs. What it does must not throw. */
export interface SupervisorObserver {
  /** It has its ports, and is started now. */
  launched?(instance: InstanceRecord): void;
  /** For the first time, so long after its launch. */
  ready?(instance: InstanceRecord, ms: number): void;
  /** Told to end by us, once. */
  killed?(instance: InstanceRecord, order: KillOrder): void;
  ended?(instance: InstanceRecord, end: InstanceEnd): void;
  /** It ended by itself, so its version is launched again only after this time. */
  backedOff?(instance: InstanceRecord, ms: number): void;
  /** A check was answered, or not in time. */
  checked?(protocol: string, ok: boolean, ms: number): void;
}

/** What a supervisor has under it now. */
export interface SupervisorFigures {
  /** Alive, by state. */
  staging: number;
  running: number;
  killing: number;
  /** Of those that run. */
  ready: number;
  /** Wanted but not launched, by reason. */
  waiting: Map<Waiting['reason'], number>;
  /** Changes that the database has not got yet. */
  unwritten: number;
  /** How long the oldest of them waits. */
  unwrittenSeconds: number;
}
