import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { fetch } from 'undici';
import { onTestFinished } from 'vitest';
import { until } from '../helpers/until.js';

/** A reader of an event stream: what came so far, raw and parsed. Ends with the test. */
export class Reader {
  raw = '';
  ended = false;
  readonly messages: EventSourceMessage[] = [];
  readonly #gone = new AbortController();

  private constructor(
    readonly status: number,
    readonly headers: { get(name: string): string | null },
  ) {}

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const gone = new AbortController();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: gone.signal,
    });
    const reader = new Reader(response.status, response.headers);
    reader.#gone.signal.addEventListener('abort', () => gone.abort());
    onTestFinished(() => reader.close());
    reader.#read(response.body as AsyncIterable<Uint8Array>).catch(() => undefined);
    return reader;
  }

  get types(): string[] {
    return this.messages.map(({ event }) => event ?? '');
  }

  get data(): Record<string, unknown>[] {
    return this.messages.map(({ data }) => JSON.parse(data) as Record<string, unknown>);
  }

  has(type: string): Promise<unknown> {
    return until(() => this.types.includes(type), {
      what: `an event ${type} among ${this.types.join(', ')}`,
    });
  }

  close(): void {
    this.#gone.abort();
  }

  async #read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const parser = createParser({ onEvent: (message) => this.messages.push(message) });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        const text = decoder.decode(chunk, { stream: true });
        this.raw += text;
        parser.feed(text);
      }
    } finally {
      this.ended = true;
    }
  }
}
