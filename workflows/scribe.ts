import { condition, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Decided, Transition } from '../activities/types.js';
import type { CommandBody, Gate } from '../src/model/deployment.js';
import { SEARCH_GATE } from '../src/temporal/search-attributes.js';
import type { controlActivities } from './proxies.js';
import type { State } from './state.js';
import type { DeploymentInput } from './types.js';

type Control = ReturnType<typeof controlActivities>;

/** Writes what happens to the database, in order, beside the story; handlers only leave notes here. */
export class Scribe {
  private readonly decisions: Decided[] = [];
  private readonly transitions: Omit<Transition, 'deployment' | 'decided'>[] = [];
  private readonly rollbacks: CommandBody[] = [];
  private waiters = 0;
  private busy = false;

  constructor(
    private readonly input: DeploymentInput,
    private readonly state: State,
    private readonly control: Control,
  ) {}

  decided(command: string, body: CommandBody, description: string): void {
    this.decisions.push({
      at: new Date().toISOString(),
      by: body.by ?? 'anonymous',
      channel: body.channel ?? 'signal',
      command,
      ...(body.reason === undefined ? {} : { reason: body.reason }),
      description,
    });
  }

  rollback(body: CommandBody): void {
    this.rollbacks.push(body);
  }

  /** Several actions may wait at one gate: it is shown from the first that comes to the last that goes. */
  async atGate(gate: Gate, wait: () => Promise<void>): Promise<void> {
    if (this.waiters++ === 0) this.enter(gate);
    try {
      await wait();
    } finally {
      if (--this.waiters === 0) this.leave();
    }
  }

  private enter(gate: Gate): void {
    this.state.gate = gate;
    this.state.description = gate.description;
    this.show(gate.kind);
    const state = gate.kind === 'failure' ? 'held' : 'paused';
    this.transitions.push({ gate, state, description: gate.description });
  }

  private leave(): void {
    delete this.state.gate;
    this.show('readiness');
    if (!this.state.ending) this.transitions.push({ gate: null, state: 'running', description: 'goes on' });
  }

  private show(gate: string): void {
    upsertSearchAttributes([{ key: SEARCH_GATE, value: gate }]);
    setCurrentDetails(`**${this.state.description}**`);
  }

  /** Runs until the workflow ends; one write at a time keeps the order. */
  async run(): Promise<void> {
    for (;;) {
      await condition(() => this.pending());
      await this.flushOnce();
    }
  }

  /** Returns when everything that was left here is written. */
  async flush(): Promise<void> {
    await condition(() => !this.busy);
    while (this.pending()) await this.flushOnce();
  }

  private pending(): boolean {
    return !this.busy && this.decisions.length + this.transitions.length + this.rollbacks.length > 0;
  }

  private async flushOnce(): Promise<void> {
    this.busy = true;
    try {
      const decided = this.decisions.splice(0);
      const transition = this.transitions.shift();
      const deployment = this.input.id;
      if (decided.length > 0 || transition) await this.control.record({ deployment, ...transition, decided });
      for (const body of this.rollbacks.splice(0)) await this.control.rollback({ deployment, body });
    } finally {
      this.busy = false;
    }
  }
}
