import type { Socket } from 'node:net';
import pg from 'pg';
import { type Callback, Callbacks } from './callbacks.js';
import { storeError } from './errors.js';

const RECONNECT_MS = 500;
/** So often it is asked whether somebody is there, and given so long to answer. */
const BEAT_MS = 10_000;
const ANSWER_MS = 5_000;

/** One connection that listens on every channel asked for, made anew when it is lost, or when nobody answers on it. */
export function createListener(databaseUrl: string, stream: () => Socket) {
  const callbacks = new Callbacks();
  let client: Promise<pg.Client> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  async function connect(): Promise<pg.Client> {
    const made = new pg.Client({ connectionString: databaseUrl, query_timeout: ANSWER_MS, stream });
    made.on('notification', ({ channel, payload }) => callbacks.tell(channel, payload ?? ''));
    made.on('error', () => undefined); // 'end' follows
    await made.connect();
    // Only from now on: a connection that was never made is told by the rejected promise.
    onceGone(made, lost);
    for (const channel of callbacks.channels()) await made.query(`listen ${pg.escapeIdentifier(channel)}`);
    return made;
  }

  function lost(): void {
    client = undefined;
    if (closed || retry !== undefined || callbacks.channels().length === 0) return;
    retry = setTimeout(() => {
      retry = undefined;
      reconnect();
    }, RECONNECT_MS);
  }

  function reconnect(): void {
    client ??= connect();
    client.then(tellAll, lost);
  }

  function tellAll(): void {
    for (const channel of callbacks.channels()) callbacks.tell(channel, '');
  }

  async function subscribe(channel: string): Promise<void> {
    client ??= connect();
    try {
      await (await client).query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      client = undefined;
      throw storeError(error);
    }
  }

  return {
    async listen(channel: string, callback: Callback): Promise<() => Promise<void>> {
      const remove = callbacks.add(channel, callback);
      await subscribe(channel);
      return async () => remove();
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(retry);
      await client?.then((c) => c.end()).catch(() => undefined);
    },
  };
}

/** A network that is cut in the middle ends no connection: without asking nothing would ever come any more. */
function onceGone(made: pg.Client, lost: () => void): void {
  let isThere = true;
  const gone = () => {
    clearInterval(beat);
    if (isThere) lost();
    isThere = false;
  };
  const ask = () =>
    made.query('select 1').catch(() => {
      gone();
      made.end().catch(() => undefined);
    });
  const beat = setInterval(ask, BEAT_MS);
  beat.unref();
  made.on('end', gone);
}
