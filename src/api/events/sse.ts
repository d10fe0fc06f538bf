import type { Response } from 'express';

/** Events that may wait for one client before it is dropped (Marathon 1.11). */
const MAX_OUTSTANDING = 1024;
/** Bytes that may lie in the buffers of one client before it is dropped. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** A comment so often keeps proxies and marathon-lb from taking the stream for dead (Marathon 1.11). */
const HEARTBEAT_MS = 10_000;

interface Frame {
  type: string;
  data: string;
  id?: number;
}

/**
 * One client of an event stream: `event:` and `data:` lines that end in CRLF, as Marathon writes them.
 * A client that does not read is dropped; nobody else waits for it.
 */
export class SseClient {
  readonly #res: Response;
  readonly #queue: string[] = [];
  readonly #onDropped: () => void;
  #blocked = false;

  constructor(res: Response, onDropped: () => void) {
    this.#res = res;
    this.#onDropped = onDropped;
    res.locals.stream = true;
    res.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    res.on('drain', () => this.#resume());
  }

  /** Sends the headers: from here on the client may rely on getting every event. */
  open(): void {
    if (!this.#res.headersSent) this.#res.flushHeaders();
    const heartbeat = setInterval(() => this.#write(':\r\n\r\n'), HEARTBEAT_MS);
    heartbeat.unref();
    this.#res.on('close', () => clearInterval(heartbeat));
  }

  send(frame: Frame): void {
    const id = frame.id === undefined ? '' : `id: ${frame.id}\r\n`;
    this.#write(`${id}event: ${frame.type}\r\ndata: ${frame.data}\r\n\r\n`);
  }

  /** Resolves when nothing waits in our own queue, or the client is gone: a replay goes on page by page. */
  async drained(): Promise<void> {
    while (this.#blocked && !this.#res.closed) await nextOf(this.#res);
  }

  end(): void {
    this.#res.end();
  }

  #write(text: string): void {
    if (this.#res.closed || this.#res.writableEnded) return;
    if (this.#blocked) this.#queue.push(text);
    else this.#blocked = !this.#res.write(text);
    if (this.#queue.length > MAX_OUTSTANDING || this.#res.writableLength > MAX_BUFFERED_BYTES) this.#drop();
  }

  #drop(): void {
    this.#res.destroy();
    this.#onDropped();
  }

  #resume(): void {
    this.#blocked = false;
    while (!this.#blocked) {
      const text = this.#queue.shift();
      if (text === undefined) return;
      this.#blocked = !this.#res.write(text);
    }
  }
}

function nextOf(res: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
