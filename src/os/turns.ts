import { within } from './within.js';

/**
 * Lets work under the same key go one after another. It is a courtesy and no lock: whoever has waited for `patienceMs` goes
 * ahead, so that what hangs holds up nobody for ever.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  constructor(private readonly patienceMs: number) {}

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : within(this.patienceMs, before).then(work);
    const ended: Promise<void> = result.then(ignore, ignore).finally(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    });
    this.#last.set(key, ended);
    return result;
  }
}

function ignore(): void {
  // Whoever asked for the work is told.
}
