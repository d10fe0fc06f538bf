import type { ActionProgress } from '../src/model/deployment.js';
import { steady } from '../src/os/steady.js';

/** Between two writes of the same action's progress: a person sees no more, and the database is spared. */
const MIN_INTERVAL_MS = 300;

/** Writes progress when it changed and not too often; the last one always. */
export class ProgressLog {
  private written = '';
  private writtenAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly record: (progress: ActionProgress) => Promise<void>) {}

  async write(progress: ActionProgress): Promise<void> {
    if (steady() - this.writtenAt < MIN_INTERVAL_MS) return;
    await this.last(progress);
  }

  async last(progress: ActionProgress): Promise<void> {
    const text = JSON.stringify(progress);
    if (text === this.written) return;
    await this.record(progress);
    this.written = text;
    this.writtenAt = steady();
  }
}
