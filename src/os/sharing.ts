interface Shared<T> {
  result: Promise<T>;
  waiters: number;
  settled: boolean;
  stop: AbortController;
}

/** Lets callers that want the same thing at the same time share one piece of work. */
export class Sharing<T> {
  readonly #running = new Map<string, Shared<T>>();

  /** Joins the work under this key, or begins it. The work is aborted when every caller that waits for it is. */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const shared = this.#running.get(key) ?? this.#begin(key, work);
    shared.waiters++;
    try {
      return await (signal ? orAborted(shared.result, signal) : shared.result);
    } finally {
      if (--shared.waiters === 0) this.#end(key, shared);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>) {
    const stop = new AbortController();
    const shared: Shared<T> = { result: work(stop.signal), waiters: 0, settled: false, stop };
    const settle = () => {
      shared.settled = true;
    };
    // Whoever waits gets the error; when nobody waits any more it concerns nobody.
    shared.result.then(settle, settle);
    this.#running.set(key, shared);
    return shared;
  }

  #end(key: string, shared: Shared<T>): void {
    if (this.#running.get(key) === shared) this.#running.delete(key);
    // An abort makes an error with its stack, which costs more than most of what is shared.
    if (!shared.settled) shared.stop.abort();
  }
}

function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
