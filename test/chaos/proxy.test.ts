import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../helpers/until.js';
import { LinkProxy } from './proxy.js';

let proxy: LinkProxy;
let close: () => void;

beforeEach(async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy = await LinkProxy.open(typeof address === 'object' && address !== null ? address.port : 0);
  close = () => server.close();
});
afterEach(async () => {
  await proxy.close();
  close();
});

interface Client {
  socket: Socket;
  received: string;
}

async function client(): Promise<Client> {
  const made: Client = { socket: connect(proxy.port, '127.0.0.1'), received: '' };
  made.socket.on('data', (chunk) => {
    made.received += String(chunk);
  });
  made.socket.on('error', () => undefined);
  await once(made.socket, 'connect');
  return made;
}

test('carries both ways', async () => {
  const one = await client();
  one.socket.write('hello');
  await until(() => one.received === 'hello');
});

test('cut: connections end and no new ones are made, until it is mended', async () => {
  const one = await client();
  one.socket.write('a');
  await until(() => one.received === 'a');
  proxy.cut();
  await once(one.socket, 'close');
  const two = await client();
  await once(two.socket, 'close');
  proxy.mend();
  const three = await client();
  three.socket.write('b');
  await until(() => three.received === 'b');
});

test('halved: every second connection ends', async () => {
  const clients = [await client(), await client(), await client(), await client()];
  for (const { socket } of clients) socket.write('a');
  await until(() => clients.every(({ received }) => received === 'a'));
  proxy.halve();
  await until(() => clients.filter(({ socket }) => socket.destroyed).length === 2);
});

test('stopped: nothing arrives, and all of it when it is mended', async () => {
  const one = await client();
  one.socket.write('a');
  await until(() => one.received === 'a');
  proxy.stop();
  one.socket.write('b');
  const two = await client();
  two.socket.write('c');
  expect([one.received, two.received]).toEqual(['a', '']);
  proxy.mend();
  await until(() => one.received === 'ab' && two.received === 'c');
});
