/** How much waits to be written, and since when. Times in ms. */
export class Backlog {
  /** When the oldest change came that is not written. */
  #since: number | undefined;
  /** The same of those that came while others are written. */
  #nextSince: number | undefined;
  /** Changes that are being written; undefined while none are. */
  #onTheWay: number | undefined;

  added(now: number): void {
    if (this.#onTheWay === undefined) this.#since ??= now;
    else this.#nextSince ??= now;
  }

  taken(changes: number): void {
    this.#onTheWay = changes;
  }

  written(): void {
    this.#since = this.#nextSince;
    this.givenBack();
  }

  /** The write failed. */
  givenBack(): void {
    this.#nextSince = undefined;
    this.#onTheWay = undefined;
  }

  /** `pending` are the changes beside those that are being written. */
  figures(pending: number, now: number): { unwritten: number; unwrittenSeconds: number } {
    const unwritten = pending + (this.#onTheWay ?? 0);
    return { unwritten, unwrittenSeconds: (now - (this.#since ?? now)) / 1000 };
  }
}
