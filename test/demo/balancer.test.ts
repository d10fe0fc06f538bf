import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, Balancer } from '../../src/demo/balancer.js';
import { backendsOf, healthyOnes, type Task } from '../../src/demo/tasks.js';

const servers: Server[] = [];
const balancers: Balancer[] = [];

afterEach(async () => {
  await Promise.all(balancers.splice(0).map((balancer) => balancer.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function backend(answer: RequestListener): Promise<Backend> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const serving = (name: string) => backend((_, res) => res.end(`${name}\n`));

/** A port where nothing listens any more. */
async function gone(): Promise<Backend> {
  const closed = await serving('gone');
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return closed;
}

function balancerOf(backends: Backend[], now?: () => number): Balancer {
  const balancer = new Balancer(() => backends, now);
  balancers.push(balancer);
  return balancer;
}

async function send(balancer: Balancer, times: number): Promise<Balancer['figures']> {
  for (let i = 0; i < times; i++) await balancer.send();
  return balancer.figures;
}

describe('the balancer', () => {
  it('takes instances in turn', async () => {
    const figures = await send(balancerOf([await serving('a'), await serving('b')]), 6);
    expect(figures).toMatchObject({ answered: 6, redispatched: 0, failed: 0 });
    expect(Object.fromEntries(figures.byAnswer)).toEqual({ a: 3, b: 3 });
  });

  it('asks another instance where one refuses, counts it, and avoids that one for a second', async () => {
    let now = 0;
    const balancer = balancerOf([await gone(), await serving('b')], () => now);
    expect(await send(balancer, 6)).toMatchObject({ answered: 6, redispatched: 1, failed: 0 });
    now = 1_000;
    expect(await send(balancer, 2)).toMatchObject({ answered: 8, redispatched: 2, failed: 0 });
  });

  it('counts what nobody answered, with the reason', async () => {
    const figures = await send(balancerOf([await gone()]), 1);
    expect(figures).toMatchObject({ answered: 0, failed: 1 });
    expect(figures.failures[0]).toMatch(/ECONNREFUSED/);
    expect(await send(balancerOf([]), 1)).toMatchObject({ failed: 1, failures: ['no instance was healthy'] });
  });

  it('does not take an error for an answer', async () => {
    const failing = await backend((_, res) => res.writeHead(503).end());
    expect(await send(balancerOf([failing]), 1)).toMatchObject({ answered: 0, failed: 1 });
  });
});

describe('instances that take requests', () => {
  const task = (fields: Partial<Task>): Task => ({
    id: 't',
    host: 'h',
    ports: [1, 2],
    state: 'TASK_RUNNING',
    healthCheckResults: [{ alive: true }],
    ...fields,
  });

  it('run and pass every check, each checked once at least', () => {
    const tasks = [
      task({ id: 'good' }),
      task({ id: 'killing', state: 'TASK_KILLING' }),
      task({ id: 'unchecked', healthCheckResults: [] }),
      task({ id: 'sick', healthCheckResults: [{ alive: true }, { alive: false }] }),
    ];
    expect(healthyOnes(tasks).map(({ id }) => id)).toEqual(['good']);
    expect(backendsOf([task({}), task({ ports: [] })])).toEqual([{ host: 'h', port: 1 }]);
  });
});
