import { Socket } from 'node:net';
import { within } from '../os/within.js';

/** A server that hangs does not take leave: after so long its connections are cut. */
const LEAVE_MS = 2_000;

/** Sockets of all connections to a server, so that none keeps a process that ends. */
export class Sockets {
  readonly #open = new Set<Socket>();

  open(): Socket {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  }

  /** Cuts what is still open when the connections have taken leave, or have not in time. */
  async closeAfter(leaving: Promise<unknown>): Promise<void> {
    await within(LEAVE_MS, leaving);
    for (const socket of this.#open) socket.destroy();
  }
}
