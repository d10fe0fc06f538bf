import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { temporalClient } from '../../src/temporal/connection.js';
import { freePort } from '../helpers/free-port.js';

const CANCELLED = { code: status.CANCELLED };

/** Takes connections and never answers; `reached` resolves when somebody has connected. */
async function silentServer() {
  const server = createServer();
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, reached: once(server, 'connection') };
}

it('ends a call that waits to be tried again when its connection is closed, and nothing is thrown out of a timer', async () => {
  const { client, close } = temporalClient({ address: `127.0.0.1:${await freePort()}` });
  const call = client.connection.workflowService.getSystemInfo({});
  await close();
  await expect(call).rejects.toMatchObject(CANCELLED);
});

it('ends a call that a server does not answer when its connection is closed', async () => {
  const { address, reached } = await silentServer();
  const { client, close } = temporalClient({ address });
  const call = client.connection.workflowService.getSystemInfo({});
  await reached;
  await close();
  await expect(call).rejects.toMatchObject(CANCELLED);
});

it('refuses a call after its connection was closed', async () => {
  const { client, close } = temporalClient({ address: `127.0.0.1:${await freePort()}` });
  await close();
  await expect(client.connection.workflowService.getSystemInfo({})).rejects.toMatchObject(CANCELLED);
});
