import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../helpers/free-port.js';

interface Pair {
  inner: Socket;
  outer: Socket;
}

/** A TCP proxy on 127.0.0.1 in front of a port, whose connections can be cut, delayed and stopped. */
export class LinkProxy {
  private readonly pairs = new Set<Pair>();
  private refusing = false;
  private delayMs = 0;
  private stopped = false;

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async open(target: number): Promise<LinkProxy> {
    const port = await freePort();
    const server = createServer((outer) => proxy.join(outer, target));
    const proxy = new LinkProxy(port, server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  /** Ends every connection, and takes no new one until `mend`. */
  cut(): void {
    this.refusing = true;
    for (const pair of this.pairs) end(pair);
  }

  /** Ends every second connection; the others, and new ones, go on. */
  halve(): void {
    for (const [index, pair] of [...this.pairs].entries()) if (index % 2 === 0) end(pair);
  }

  /** What is sent arrives so much later. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** Nothing arrives any more, and nobody is told: as with a lost route. */
  stop(): void {
    this.stopped = true;
    for (const { inner, outer } of this.pairs) for (const socket of [inner, outer]) socket.pause();
  }

  /** As if nothing had been. */
  mend(): void {
    this.refusing = false;
    this.delayMs = 0;
    this.stopped = false;
    for (const { inner, outer } of this.pairs) for (const socket of [inner, outer]) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(outer: Socket, target: number): void {
    if (this.refusing) {
      outer.destroy();
      return;
    }
    const inner = connect(target, '127.0.0.1');
    const pair = { inner, outer };
    this.pairs.add(pair);
    this.carry(outer, inner, pair);
    this.carry(inner, outer, pair);
    if (this.stopped) for (const socket of [inner, outer]) socket.pause();
  }

  private carry(from: Socket, to: Socket, pair: Pair): void {
    from.on('data', (chunk) => {
      const { delayMs } = this;
      if (delayMs === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), delayMs);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.pairs.delete(pair);
      to.destroy();
    });
  }
}

function end({ inner, outer }: Pair): void {
  inner.destroy();
  outer.destroy();
}
