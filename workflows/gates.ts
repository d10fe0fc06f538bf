import { condition } from '@temporalio/workflow';
import type { Gate } from '../src/model/deployment.js';
import type { Scribe } from './scribe.js';
import type { State } from './state.js';

/** The gates that a deployment passes before each step and batch. Awaited, never polled: waiting costs no events. */
export class Gates {
  constructor(
    private readonly state: State,
    private readonly scribe: Scribe,
  ) {}

  /** `next` is what would go on: "batch 2/3 of /product/db". */
  async pass(next: string): Promise<void> {
    if (this.mayPass()) return;
    const gate = {
      kind: 'pause',
      since: now(),
      who: 'anyone who may deploy',
      description: `paused before ${next}`,
    } as const;
    await this.scribe.atGate(gate, () => condition(() => this.mayPass()));
  }

  private mayPass(): boolean {
    if (!this.state.paused) return true;
    if (this.state.passes === 0) return false;
    this.state.passes -= 1;
    return true;
  }

  /** A batch ended and others follow: the pause mode may hold here. */
  batchEnded(): void {
    const first = this.state.batchesDone === 0;
    this.state.batchesDone += 1;
    const { pauseMode } = this.state;
    if (pauseMode === 'each' || (pauseMode === 'first' && first)) this.state.paused = true;
  }

  /** An action failed in a way that trying again by itself does not mend: a person decides. */
  async failure(what: string, message: string): Promise<'retry' | 'force'> {
    const before = { retries: this.state.retries, forces: this.state.forces };
    const gate: Gate = {
      kind: 'failure',
      since: now(),
      who: 'anyone who may deploy: retry, force, rollback, cancel or close',
      description: `${what} failed: ${message}`,
    };
    this.state.failed += 1;
    try {
      const decided = () => this.state.retries > before.retries || this.state.forces > before.forces;
      await this.scribe.atGate(gate, () => condition(decided));
    } finally {
      this.state.failed -= 1;
    }
    return this.state.forces > before.forces ? 'force' : 'retry';
  }
}

function now(): string {
  return new Date().toISOString();
}
