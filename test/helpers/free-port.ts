import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that was free just now. */
export function freePort(): Promise<number> {
  return portOf(0);
}

/** One below 32768: Temporal's server keeps its own in a column of 16 bits. */
export async function lowPort(): Promise<number> {
  for (;;) {
    const found = await portOf(10_000 + Math.floor(Math.random() * 20_000)).catch(() => undefined);
    if (found !== undefined) return found;
  }
}

async function portOf(wanted: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
