import { createParser } from 'eventsource-parser';
import { fetch } from 'undici';

/** One event of the stream, as its JSON says. */
export type Told = { eventType: string } & Record<string, unknown>;

interface Waiter {
  fits: (event: Told) => boolean;
  resolve: (event: Told) => void;
}

/** All that came over one event stream since it was opened; the only thing that tells of success in these tests. */
export class EventLog {
  readonly events: Told[] = [];
  raw = '';
  readonly #waiters = new Set<Waiter>();
  readonly #gone = new AbortController();

  static async open(api: string, query = ''): Promise<EventLog> {
    const log = new EventLog();
    const response = await fetch(`${api}/v2/events${query}`, {
      headers: { accept: 'text/event-stream' },
      signal: log.#gone.signal,
    });
    if (response.status !== 200 || response.body === null)
      throw new Error(`the event stream answered ${response.status}`);
    log.#read(response.body as AsyncIterable<Uint8Array>).catch(() => undefined);
    return log;
  }

  where(fits: (event: Told) => boolean): Told[] {
    return this.events.filter(fits);
  }

  /** The first event that fits, from the beginning of the log or still to come. */
  first(fits: (event: Told) => boolean, what: string, timeoutMs = 30_000): Promise<Told> {
    const known = this.events.find(fits);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const waiter = { fits, resolve: done };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`Waited ${timeoutMs} ms for ${what}`));
      }, timeoutMs);
      function done(event: Told) {
        clearTimeout(timer);
        resolve(event);
      }
      this.#waiters.add(waiter);
    });
  }

  close(): void {
    this.#gone.abort();
  }

  async #read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const parser = createParser({ onEvent: ({ data }) => this.#take(JSON.parse(data) as Told) });
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const text = decoder.decode(chunk, { stream: true });
      this.raw += text;
      parser.feed(text);
    }
  }

  #take(event: Told): void {
    this.events.push(event);
    for (const waiter of this.#waiters) {
      if (!waiter.fits(event)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
  }
}
