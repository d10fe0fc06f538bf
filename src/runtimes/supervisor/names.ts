import net from 'node:net';

/**
 * Holds a name of this machine while the process lives: an abstract unix socket (unix(7)), which is no file and
 * which the kernel frees with the process, however it ends. Undefined = somebody else holds it.
 */
export function holdName(name: string): Promise<net.Server | undefined> {
  return listen({ path: `\0slipway-${name}` });
}

/** Undefined where the address is taken. The server does not keep the process alive. */
export function listen(where: net.ListenOptions): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(where, () => resolve(server.unref()));
  });
}
