import type net from 'node:net';
import { holdName, listen } from './names.js';

/** Taken, or a sentence why not. */
export type Lease = { ports: number[] } | { obstacle: string };

/**
 * Ports of a range, handed out without races: a port is held by an abstract unix socket of this machine while
 * its instance lives, so that two services with the same range never give the same port, and it is bound once
 * for a test, so that a port somebody else listens on is passed over. The kernel frees the sockets of a service
 * that dies; its ports stay safe because its instances listen on them.
 */
export class PortPool {
  readonly #held = new Map<number, net.Server>();
  readonly #busy = new Set<number>();
  #next: number;

  constructor(private readonly range: readonly [first: number, last: number]) {
    this.#next = range[0];
  }

  get size(): number {
    return this.range[1] - this.range[0] + 1;
  }

  get taken(): number {
    return this.#busy.size;
  }

  /** 0 asks for any of the range, another number for exactly that port, in the range or not. */
  async take(wanted: number[]): Promise<Lease> {
    const ports: number[] = [];
    for (const want of wanted) {
      const port = want === 0 ? await this.#takeAny() : (await this.#hold(want)) ? want : undefined;
      if (port === undefined) {
        this.release(ports);
        return { obstacle: obstacle(want, this.range) };
      }
      ports.push(port);
    }
    return { ports };
  }

  /** Takes ports whose instance runs already; tells which could not be reserved. */
  async retake(ports: number[]): Promise<number[]> {
    const lost: number[] = [];
    for (const port of ports) {
      this.#busy.add(port);
      const server = await holdName(`port-${port}`);
      if (server === undefined) lost.push(port);
      else this.#held.set(port, server);
    }
    return lost;
  }

  release(ports: number[]): void {
    for (const port of ports) {
      this.#held.get(port)?.close();
      this.#held.delete(port);
      this.#busy.delete(port);
    }
  }

  /** Each port is tried once at most, going on after the last one given, so that a port is not re-used soon. */
  async #takeAny(): Promise<number | undefined> {
    for (let tries = 0; tries < this.size; tries += 1) {
      const port = this.#next;
      this.#next = port === this.range[1] ? this.range[0] : port + 1;
      if (await this.#hold(port)) return port;
    }
    return undefined;
  }

  async #hold(port: number): Promise<boolean> {
    if (this.#busy.has(port)) return false;
    this.#busy.add(port);
    const server = await holdName(`port-${port}`);
    if (server !== undefined && (await isFree(port))) {
      this.#held.set(port, server);
      return true;
    }
    server?.close();
    this.#busy.delete(port);
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen({ port, host: '0.0.0.0' });
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function obstacle(want: number, [first, last]: readonly [number, number]): string {
  return want === 0 ? `no port of ${first}–${last} is free` : `needs port ${want}, which is in use`;
}
