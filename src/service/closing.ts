import type { Logger } from 'pino';

const KEEP_ALIVE_MS = 60_000;

interface Opening<T> {
  name: string;
  open(): Promise<T>;
  close(opened: T): Promise<void>;
}

/** Closes what was opened, the last first, each once; one that fails does not keep the rest open. */
export class Closing {
  private readonly parts: { name: string; close: () => Promise<void> | void }[] = [];
  private done: Promise<void> | undefined;
  /** The part that is being closed. */
  current: string | undefined;

  constructor(private readonly log: Pick<Logger, 'error' | 'debug'>) {}

  add(name: string, close: () => Promise<void> | void): void {
    this.parts.push({ name, close });
  }

  /** Opens two at the same time; where one fails the other is still closed. */
  async both<A, B>(a: Opening<A>, b: Opening<B>): Promise<[A, B]> {
    const [first, second] = await Promise.allSettled([this.open(a), this.open(b)]);
    if (first.status === 'rejected') throw first.reason;
    if (second.status === 'rejected') throw second.reason;
    return [first.value, second.value];
  }

  close(): Promise<void> {
    this.done ??= this.closeAll();
    return this.done;
  }

  private async open<T>({ name, open, close }: Opening<T>): Promise<T> {
    const opened = await open();
    this.add(name, () => close(opened));
    return opened;
  }

  private async closeAll(): Promise<void> {
    // What is waited for may not keep a process alive by itself (a child, a timer): it would end in the middle.
    const alive = setInterval(() => undefined, KEEP_ALIVE_MS);
    for (const { name, close } of this.parts.toReversed()) {
      this.current = name;
      try {
        await close();
      } catch (error) {
        this.log.error({ err: error, part: name }, 'could not be closed in order');
      }
    }
    this.current = undefined;
    clearInterval(alive);
  }
}
