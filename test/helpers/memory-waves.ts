import type { WaveActivities, WaveChildRef, WaveEnd, WaveRef, WaveSeen } from '../../activities/types.js';
import { type Command, type DeploymentState, isEnded } from '../../src/model/deployment.js';

/** The deployments of waves in memory: how they do is what the test says. */
export class MemoryWaves implements WaveActivities {
  /** Commands that were handed on, in order. */
  readonly handedOn: { child: string; command: Command }[] = [];
  private readonly children = new Map<string, WaveSeen & { wave: number }>();

  /** Which deployments were begun, the oldest first. */
  get begun(): string[] {
    return [...this.children.keys()];
  }

  /** From now on the deployment is in that state; the release has to be told. */
  become(child: string, state: DeploymentState): void {
    const { wave } = this.children.get(child) ?? { wave: 0 };
    this.children.set(child, { wave, state, description: `it is ${state}` });
  }

  async reachWave(): Promise<void> {}

  async beginWave({ deployment, wave, attempt }: WaveRef): Promise<{ child: string }> {
    return this.begin(`${deployment}-wave-${wave}-${attempt}`, wave);
  }

  async seeWave({ child }: WaveChildRef): Promise<WaveSeen> {
    const { state = 'accepted', description = '' } = this.children.get(child) ?? {};
    return { state, description };
  }

  async commandWave({ child, command }: { child: string; command: Command }): Promise<void> {
    this.handedOn.push({ child, command });
  }

  /** One that runs is told to end; one that is done is undone by another. */
  async endWave({ deployment, wave, how }: WaveEnd): Promise<{ child?: string }> {
    const [child, last] = [...this.children].findLast(([, each]) => each.wave === wave) ?? [];
    if (child === undefined || last === undefined) return {};
    if (!isEnded(last.state)) {
      this.handedOn.push({ child, command: how });
      return { child };
    }
    const isUndone = how === 'close' || last.state === 'cancelled' || last.state === 'superseded';
    return isUndone ? {} : this.begin(`${deployment}-undo-${wave}`, 0);
  }

  private begin(child: string, wave: number): { child: string } {
    if (!this.children.has(child))
      this.children.set(child, { wave, state: 'running', description: 'it runs' });
    return { child };
  }
}
