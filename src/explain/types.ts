import type { Timestamp } from '../model/app.js';
import type { Command, GateKind } from '../model/deployment.js';
import type { InstanceState } from '../model/instance.js';

/** Why a deployment does not move, or how it ended (docs/api.md). */
export interface Explanation {
  description: string;
  gate?: GateKind;
  since: Timestamp;
  until?: Timestamp;
  then?: string;
  canAct: { command: Command; who: string }[];
  instances: ExplainedInstance[];
}

/** An instance that keeps it from moving. */
export interface ExplainedInstance {
  id: string;
  version: Timestamp;
  /** Of a stateful app's instance. */
  ordinal?: number;
  state: InstanceState | 'waiting';
  /** The check that it does not pass. */
  check?: string;
  lastAnswer?: string;
  exitStatus?: number;
  lastLog: string[];
  waitingFor?: string;
}
