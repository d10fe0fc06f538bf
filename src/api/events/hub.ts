import type { EventRecord } from '../../model/event.js';
import { within } from '../../os/within.js';

/** An event with its place in the table; events without one (attached, detached) are not kept. */
export interface HubEvent {
  id?: number;
  event: EventRecord;
}

type StoredEvent = HubEvent & { id: number };

/** What the hub needs of the events table. */
export interface EventReader {
  /** Events after `id`, oldest first. */
  after(id: number, limit: number): Promise<StoredEvent[]>;
  /** The newest id; 0 where there is none. */
  latest(): Promise<number>;
  /** Ids up to this one may have been removed. */
  gone(): Promise<number>;
  /** Calls the listener after new events were committed, until the returned function is called. */
  listen(listener: () => void): Promise<() => Promise<void> | void>;
}

export interface Subscriber {
  /** Where the client says it is: what comes after is replayed. Undefined = from now on. */
  after?: number;
  send(event: HubEvent): void;
  /** Resolves when the client can take more; a replay waits for it. */
  drained(): Promise<void>;
  closed(): boolean;
}

interface Member {
  subscriber: Subscriber;
  seen: number;
}

/** Rows a read; below the bound of a client's queue, so that a burst alone drops nobody. */
const PAGE = 256;
/** Longest pause between two pages of a burst. */
const BREATH_MS = 100;

/** Reads new rows of the events table once for all clients, and gives them out in order of their ids. */
export class EventHub {
  readonly #reader: EventReader;
  readonly #onError: (error: unknown) => void;
  readonly #members = new Set<Member>();
  #started: Promise<void> | undefined;
  #unlisten: () => Promise<void> | void = () => undefined;
  #position = 0;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(reader: EventReader, onError: (error: unknown) => void) {
    this.#reader = reader;
    this.#onError = onError;
  }

  /** Why a client that comes back after that event does not get all that came since; undefined where it does. */
  async missed(after: number): Promise<string | undefined> {
    const [gone, latest] = [await this.#reader.gone(), await this.#reader.latest()];
    if (after < gone) return `Events after ${after} up to ${gone} are not kept any more.`;
    if (after <= Math.max(gone, latest)) return undefined;
    return `There is no event ${after}: the database was brought back to a time before it.`;
  }

  /** Adds a client, after the replay that it asked for. The returned function removes it. */
  async subscribe(subscriber: Subscriber): Promise<() => void> {
    await this.#start();
    await this.#catchUp();
    const { after = this.#position } = subscriber;
    const member = { subscriber, seen: Math.min(after, this.#position) };
    if (subscriber.after !== undefined) await this.#replay(member);
    this.#members.add(member);
    return () => this.#members.delete(member);
  }

  /** Gives out an event that is not kept. */
  broadcast(event: EventRecord): void {
    for (const member of this.#members) member.subscriber.send({ event });
  }

  async close(): Promise<void> {
    await this.#started?.catch(() => undefined);
    await this.#unlisten();
    await this.#reading;
    this.#members.clear();
  }

  #start(): Promise<void> {
    this.#started ??= this.#open().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  async #open(): Promise<void> {
    this.#position = await this.#reader.latest();
    this.#unlisten = await this.#reader.listen(() => {
      this.#catchUp().catch(this.#onError);
    });
  }

  /** One read at a time; a notice during it makes one more. */
  #catchUp(): Promise<void> {
    this.#again = true;
    this.#reading ??= this.#readAll();
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#readPages();
      }
    } finally {
      this.#reading = undefined;
    }
  }

  async #readPages(): Promise<void> {
    for (;;) {
      const page = await this.#reader.after(this.#position, PAGE);
      this.#give(page);
      if (page.length < PAGE) return;
      await this.#breathe();
    }
  }

  /** Within a burst those who read get the time to do so; those who do not hold the others up for a moment only. */
  async #breathe(): Promise<void> {
    await within(BREATH_MS, Promise.all([...this.#members].map(({ subscriber }) => subscriber.drained())));
  }

  #give(page: StoredEvent[]): void {
    for (const event of page) {
      this.#position = event.id;
      for (const member of this.#members) offer(member, event);
    }
  }

  /** Pages through the table until nothing is left that the members have had. */
  async #replay(member: Member): Promise<void> {
    while (!member.subscriber.closed()) {
      const position = this.#position;
      const page = await this.#reader.after(member.seen, PAGE);
      for (const event of page) offer(member, event);
      if (page.length === 0 && this.#position === position) return;
      await member.subscriber.drained();
    }
  }
}

function offer(member: Member, event: StoredEvent): void {
  if (event.id <= member.seen) return;
  member.seen = event.id;
  member.subscriber.send(event);
}
