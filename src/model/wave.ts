import type { ApprovalOptions } from './approval.js';

/** What stands before a wave: somebody's go, so long after the wave before it, or approvals. */
export type WaveGate = 'manual' | { soakSeconds: number } | { approval: ApprovalOptions };

/** One environment of a release over several; waves go one after another. */
export interface Wave {
  environment: string;
  gate?: WaveGate;
}
