import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';

const ENDS = new Set(['deployment_success', 'deployment_failed']);
const PAUSE_MS = 300;

/** How often each deployment said that it has ended, from the event stream: where it breaks it goes on after the last id. */
export class Ends {
  readonly said = new Map<string, number>();
  private lastId = '0';
  private turn = 0;
  private readonly gone = new AbortController();

  constructor(private readonly apis: readonly string[]) {
    void this.follow();
  }

  close(): void {
    this.gone.abort();
  }

  private async follow(): Promise<void> {
    while (!this.gone.signal.aborted) {
      await this.read().catch(() => undefined);
      await sleep(PAUSE_MS);
    }
  }

  private async read(): Promise<void> {
    const api = this.apis[this.turn++ % this.apis.length];
    const response = await fetch(`${api}/api/events`, {
      headers: { 'last-event-id': this.lastId },
      signal: this.gone.signal,
    });
    const parser = createParser({ onEvent: ({ id, event, data }) => this.take(id, event, data) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  private take(id: string | undefined, event: string | undefined, data: string): void {
    if (id !== undefined) this.lastId = id;
    if (event === undefined || !ENDS.has(event)) return;
    const { id: deployment } = JSON.parse(data) as { id: string };
    this.said.set(deployment, (this.said.get(deployment) ?? 0) + 1);
  }
}
