import { TerminalError } from '../../errors.js';
import type { EventRecord } from '../../model/event.js';
import type { Call } from '../http/routing.js';
import type { EventHub, HubEvent } from './hub.js';
import { SseClient } from './sse.js';

/** How a stream shows events. */
export interface StreamForm {
  /** undefined = the client does not get this event. */
  shape(event: EventRecord): EventRecord | undefined;
}

/** Open streams of a server: they are told of each other, and ended at shutdown. */
export class EventStreams {
  readonly #hub: EventHub;
  readonly #now: () => Date;
  readonly #onDropped: () => void;
  readonly #open = new Set<SseClient>();

  /** `onDropped` is told of each client that is ended because it does not read. */
  constructor(hub: EventHub, now: () => Date, onDropped: () => void) {
    this.#hub = hub;
    this.#now = now;
    this.#onDropped = onDropped;
  }

  get clients(): number {
    return this.#open.size;
  }

  /** Answers the call with events until the client or the server goes. */
  async serve(call: Call, form: StreamForm): Promise<undefined> {
    const after = lastEventId(call);
    const client = new SseClient(call.res, this.#onDropped);
    const missed = after === undefined ? undefined : await this.#hub.missed(after);
    if (missed !== undefined) forward(client, form, { event: this.#missedEvent(missed) });
    const leave = await this.#hub.subscribe({
      ...(after === undefined ? {} : { after }),
      send: (event) => forward(client, form, event),
      drained: () => client.drained(),
      closed: () => call.res.closed,
    });
    this.#open.add(client);
    client.open();
    const gone = () => this.#detach(client, leave, call.caller.clientIp);
    if (call.res.closed) gone();
    else call.res.on('close', gone);
    this.#announce('event_stream_attached', call.caller.clientIp);
    return undefined;
  }

  async close(): Promise<void> {
    for (const client of this.#open) client.end();
    await this.#hub.close();
  }

  /** Known to `/api/events` only: Marathon's clients end at events that they do not know. */
  #missedEvent(description: string): EventRecord {
    return { eventType: 'events_missed', timestamp: this.#now().toISOString(), description };
  }

  #detach(client: SseClient, leave: () => void, remoteAddress: string): void {
    leave();
    this.#open.delete(client);
    this.#announce('event_stream_detached', remoteAddress);
  }

  #announce(eventType: string, remoteAddress: string): void {
    this.#hub.broadcast({ eventType, timestamp: this.#now().toISOString(), remoteAddress });
  }
}

function forward(client: SseClient, form: StreamForm, { id, event }: HubEvent): void {
  const shaped = form.shape(event);
  if (shaped === undefined) return;
  client.send({ type: shaped.eventType, data: JSON.stringify(shaped), ...(id === undefined ? {} : { id }) });
}

function lastEventId(call: Call): number | undefined {
  const value = call.req.get('last-event-id') ?? call.query.get('lastEventId');
  if (value === undefined || value === null || value === '') return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new TerminalError(
    'bad_request',
    `Last-Event-ID is '${value}'; the id of an event, a whole number, is right.`,
  );
}
