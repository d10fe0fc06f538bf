import { RetryableError } from '../../src/errors.js';
import type { DeploymentWorkflows } from '../../src/temporal/gateway.js';
import type { DeploymentInput } from '../../workflows/types.js';

/** Temporal in memory, as far as the port goes; it can be away. */
export class WorkflowsFake implements DeploymentWorkflows {
  readonly started: DeploymentInput[] = [];
  readonly told: { id: string; by: string }[] = [];
  readonly closed = new Map<string, string>();
  away = false;
  /** The next start is carried out but its answer is lost. */
  losesAnswer = false;

  async start(input: DeploymentInput): Promise<void> {
    this.reach();
    if (!this.started.some(({ id }) => id === input.id)) this.started.push(input);
    if (!this.losesAnswer) return;
    this.losesAnswer = false;
    throw new RetryableError('Temporal', 'the answer was lost');
  }

  async supersede(id: string, by: string): Promise<void> {
    this.reach();
    this.told.push({ id, by });
  }

  async command(): Promise<void> {
    this.reach();
  }

  async ended(ids: string[]): Promise<{ id: string; how: string }[]> {
    this.reach();
    return ids.flatMap((id) => {
      const how = this.closed.get(id);
      return how === undefined ? [] : [{ id, how }];
    });
  }

  ids(): string[] {
    return this.started.map(({ id }) => id);
  }

  private reach(): void {
    if (this.away) throw new RetryableError('Temporal', 'Temporal is away');
  }

  readonly toldOfWaves: string[] = [];

  async waveChanged(id: string): Promise<void> {
    this.reach();
    this.toldOfWaves.push(id);
  }

  readonly toldOfCalendar: string[] = [];

  async calendarChanged(ids: string[]): Promise<void> {
    this.toldOfCalendar.push(...ids);
  }
}
