import {
  ActivityFailure,
  condition,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Decided, Transition } from '../activities/types.js';
import type { CommandBody, Gate, GateKind } from '../src/model/deployment.js';
import { progressSentence, sentence } from '../src/model/sentence.js';
import { tell } from './log.js';
import type { controlActivities } from './proxies.js';
import { SEARCH_GATE } from './search-attributes.js';
import type { Running, State, Wait } from './state.js';
import type { DeploymentInput } from './types.js';

type Control = ReturnType<typeof controlActivities>;

/** Which gate is shown where several hold it: the one that needs somebody most. */
const ORDER: GateKind[] = ['failure', 'approval', 'window', 'startTime', 'lock', 'pause', 'readiness'];

/** State of a deployment that is held at the gate. */
export function stateAt({ kind }: Gate): 'held' | 'paused' | 'waiting' | 'running' {
  switch (kind) {
    case 'failure':
      return 'held';
    case 'pause':
      return 'paused';
    case 'readiness':
      return 'running';
    case 'approval':
    case 'window':
    case 'startTime':
    case 'lock':
      return 'waiting';
  }
}

function openOf({ action: { action, app }, batch, batches }: Running) {
  return { action, app, ...(batch > 0 ? { batch, batches } : {}) };
}

/** Writes what happens to the database, in order, beside the story; handlers only leave notes here. */
export class Scribe {
  private readonly decisions: Decided[] = [];
  private readonly transitions: Omit<Transition, 'deployment' | 'decided'>[] = [];
  private readonly rollbacks: CommandBody[] = [];
  private lastAt = 0;
  private busy = false;

  constructor(
    private readonly input: DeploymentInput,
    private readonly state: State,
    private readonly control: Control,
  ) {}

  decided(command: string, body: CommandBody, description: string): void {
    // The ledger tells entries apart by their time, too.
    this.lastAt = Math.max(Date.now(), this.lastAt + 1);
    const refused = description.startsWith('refused') ? { refused: true } : {};
    const { by, channel, reason } = body;
    tell('decision', this.input, this.state, { command, by, channel, reason, ...refused });
    this.decisions.push({
      at: new Date(this.lastAt).toISOString(),
      by: body.by ?? 'anonymous',
      channel: body.channel ?? 'signal',
      command,
      ...(body.reason === undefined ? {} : { reason: body.reason }),
      description,
      ...(body.requestId === undefined ? {} : { requestId: body.requestId }),
    });
  }

  /** The same request may be made again, and may then be taken. */
  refused(command: string, { requestId: _, ...body }: CommandBody, why: string): void {
    this.decided(command, body, `refused: ${why}`);
  }

  /** What nobody commanded. */
  system(command: string, description: string): void {
    this.decided(command, { by: 'slipway', channel: 'system' }, description);
  }

  rollback(body: CommandBody): void {
    this.rollbacks.push(body);
  }

  /** The options were edited. */
  options(): void {
    this.transitions.push({ options: this.state.options });
  }

  /** Several actions may wait, at several gates; one of them is shown. */
  async atGate<T>(at: Wait, wait: () => Promise<T>): Promise<T> {
    this.state.waits.push(at);
    this.show();
    try {
      return await wait();
    } finally {
      this.state.waits = this.state.waits.filter((other) => other !== at);
      this.show();
    }
  }

  /** What is carried out now. */
  progress(): string {
    const { state, input } = this;
    const open = state.running.filter(({ done }) => !done);
    if (open.length === 0) return state.description;
    return progressSentence({ step: state.step, steps: input.steps.length }, open, openOf);
  }

  /** A gate goes before it: it is what the UI tells where there is one. */
  tellProgress(): void {
    if (!this.state.gate) setCurrentDetails(`**${this.progress()}**`);
  }

  private show(): void {
    const { state } = this;
    const shown = this.foremost();
    if (shown === state.gate) return;
    if (shown) this.enter(shown);
    else this.leave();
  }

  private foremost(): Gate | undefined {
    const gates = this.state.waits.map(({ gate }) => gate);
    const [first] = gates.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    return first;
  }

  private enter(gate: Gate): void {
    this.state.gate = gate;
    this.state.description = gate.description;
    tell('gate entered', this.input, this.state, { gate: gate.kind, until: gate.until });
    upsertSearchAttributes([{ key: SEARCH_GATE, value: gate.kind }]);
    setCurrentDetails(`**${sentence(gate)}**`);
    this.transitions.push({ gate, state: stateAt(gate), description: gate.description });
  }

  private leave(): void {
    tell('gate left', this.input, this.state, { gate: this.state.gate?.kind });
    delete this.state.gate;
    if (this.state.ending) return;
    this.state.description = 'goes on';
    upsertSearchAttributes([{ key: SEARCH_GATE, value: 'readiness' }]);
    this.tellProgress();
    this.transitions.push({ gate: null, state: 'running', description: 'goes on' });
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

  /** Returns when nothing is left to write. */
  async written(): Promise<void> {
    await condition(() => !this.busy && this.left() === 0);
  }

  private pending(): boolean {
    return !this.busy && this.left() > 0;
  }

  private left(): number {
    return this.decisions.length + this.transitions.length + this.rollbacks.length;
  }

  private async flushOnce(): Promise<void> {
    this.busy = true;
    try {
      const decided = this.decisions.splice(0);
      const transition = this.transitions.shift();
      const deployment = this.input.id;
      if (decided.length > 0 || transition) await this.control.record({ deployment, ...transition, decided });
      for (const body of this.rollbacks.splice(0)) await this.startRollback(body);
    } finally {
      this.busy = false;
    }
  }

  /** A rollback that is impossible leaves the deployment as it was, and the ledger says why. */
  private async startRollback(body: CommandBody): Promise<void> {
    try {
      await this.control.rollback({ deployment: this.input.id, body });
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      this.refused('rollback', body, error.cause?.message ?? error.message);
    }
  }
}
