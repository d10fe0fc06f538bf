import { createParser } from 'eventsource-parser';

/** Waits for `deployment_success` on the event stream, as Marathon's clients do. */
export class Successes {
  private readonly seen = new Set<string>();
  private readonly waiting = new Map<string, () => void>();
  private readonly abort = new AbortController();

  static async open(api: string): Promise<Successes> {
    const successes = new Successes();
    const response = await fetch(`${api}/v2/events?event_type=deployment_success`, {
      headers: { accept: 'text/event-stream' },
      signal: successes.abort.signal,
    });
    void successes.read(response);
    return successes;
  }

  of(id: string): Promise<void> {
    if (this.seen.has(id)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  close(): void {
    this.abort.abort();
  }

  private async read({ body }: Response): Promise<void> {
    const parser = createParser({
      onEvent: ({ data }) => this.take((JSON.parse(data) as { id: string }).id),
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body ?? [])
        parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    } catch (error) {
      if (!this.abort.signal.aborted) throw error;
    }
  }

  private take(id: string): void {
    this.seen.add(id);
    this.waiting.get(id)?.();
  }
}
