/** Lets callers that want the same thing at the same time share one piece of work. */
export class Sharing<T> {
  readonly #running = new Map<string, { result: Promise<T>; waiters: number; stop: AbortController }>();

  /** Joins the work under this key, or begins it. The work is aborted when every caller that waits for it is. */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const shared = this.#running.get(key) ?? this.#begin(key, work);
    shared.waiters++;
    try {
      return await (signal ? orAborted(shared.result, signal) : shared.result);
    } finally {
      if (--shared.waiters === 0) this.#end(key, shared.stop);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>) {
    const stop = new AbortController();
    const shared = { result: work(stop.signal), waiters: 0, stop };
    // Whoever waits gets the error; when nobody waits any more it concerns nobody.
    shared.result.catch(() => {});
    this.#running.set(key, shared);
    return shared;
  }

  #end(key: string, stop: AbortController): void {
    if (this.#running.get(key)?.stop === stop) this.#running.delete(key);
    stop.abort();
  }
}

function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
