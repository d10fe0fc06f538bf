import type { Log } from '../supervisor/log.js';
import { type Rotation, rotate } from './rotation.js';

/** How often sizes are looked at; a program can write this long beyond the limit. */
const LOOK_MS = 5000;

/** Rotates the outputs of all alive instances, and counts the rotations for those who read along. */
export class Rotator {
  readonly #turns = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(
    private readonly options: { files: () => string[]; rotation: Rotation; log: Log; lookMs?: number },
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.#look(), this.options.lookMs ?? LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How often the file was rotated since the start of the service. */
  turns(file: string): number {
    return this.#turns.get(file) ?? 0;
  }

  async #look(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const files = new Set(this.options.files());
    for (const file of this.#turns.keys()) if (!files.has(file)) this.#turns.delete(file);
    for (const file of files) await this.#rotate(file);
    this.#busy = false;
  }

  async #rotate(file: string): Promise<void> {
    try {
      if (await rotate(file, this.options.rotation)) this.#turns.set(file, this.turns(file) + 1);
    } catch (error) {
      this.options.log.warn({ file, error: String(error) }, 'cannot rotate the output of an instance');
    }
  }
}
