export type Callback = (payload: string) => void;

/** Who listens to which channel. */
export class Callbacks {
  readonly #byChannel = new Map<string, Set<Callback>>();

  /** Gives what takes it back. */
  add(channel: string, callback: Callback): () => void {
    const listening = this.#byChannel.get(channel) ?? new Set();
    this.#byChannel.set(channel, listening.add(callback));
    return () => listening.delete(callback);
  }

  /** All that were ever listened to. */
  channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  tell(channel: string, payload: string): void {
    for (const callback of this.#byChannel.get(channel) ?? []) callback(payload);
  }
}
