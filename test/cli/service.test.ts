import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../src/os/process-table.js';
import { homeId } from '../../src/runtimes/process/environment.js';
import { FakeService, slipway } from './harness.js';

let home: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-home-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(home, { recursive: true });
});

/** A process that stands for the service, with its record. */
async function running(startTime?: string, apiUrl = 'http://127.0.0.1:1'): Promise<ChildProcess> {
  child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout ?? child, 'data');
  const pid = child.pid ?? 0;
  const record = { pid, startTime: startTime ?? startTimeOf(pid), port: 1, apiUrl };
  await writeFile(join(home, 'service.json'), JSON.stringify(record));
  return child;
}

describe('down', () => {
  it('ends the recorded process and returns when it is gone', async () => {
    const service = await running();
    const ended = once(service, 'exit');
    const ran = await slipway(['down'], { env: { SLIPWAY_HOME: home } });
    expect(ran).toEqual({ exit: 0, out: 'The service at http://127.0.0.1:1 has ended.\n', err: '' });
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it('leaves a process alone that merely has the same pid', async () => {
    const other = await running('another-boot/1');
    const ran = await slipway(['down'], { env: { SLIPWAY_HOME: home } });
    expect(ran.exit).toBe(0);
    expect(ran.out).toBe(`No service runs with the home ${home}.\n`);
    expect(startTimeOf(other.pid ?? 0)).toBeDefined();
  });

  it('with --instances asks the service to end them in every environment before it ends', async () => {
    const fake = new FakeService();
    await fake.start();
    try {
      fake.on('GET /api/environments', () => ({ body: { items: [{ name: 'test' }, { name: 'live' }] } }));
      fake.on('POST /environments/test/api/instances/stop', () => ({ body: { stopped: 3 } }));
      fake.on('POST /environments/live/api/instances/stop', () => ({ body: { stopped: 2 } }));
      await running(undefined, fake.url);
      const ran = await slipway(['down', '--instances', '--json'], { env: { SLIPWAY_HOME: home } });
      expect(JSON.parse(ran.out)).toEqual({ home, stopped: true, instances: 5 });
    } finally {
      await fake.stop();
    }
  });
});

describe('down --instances without a service', () => {
  it('ends what is left of this home, a stubborn one by SIGKILL, and nothing of another home', async () => {
    const launch = async (folder: string, instance: string, script: string) => {
      const env = { ...process.env, SLIPWAY_HOME_ID: homeId(folder), MESOS_TASK_ID: instance };
      const started = spawn('/bin/sh', ['-c', `${script}; echo 1; while :; do sleep 0.05; done`], { env });
      await once(started.stdout, 'data');
      return started;
    };
    const [mine, stubborn, other] = await Promise.all([
      launch(home, 'a', ':'),
      launch(home, 'b', 'trap "" TERM'),
      launch(`${home}-other`, 'c', ':'),
    ]);
    child = other;
    const ends = [once(mine, 'exit'), once(stubborn, 'exit')];
    let now = 0;
    const ran = await slipway(['down', '--instances'], {
      env: { SLIPWAY_HOME: home },
      clock: () => (now += 1_000),
    });
    expect(ran.out).toBe(`No service runs with the home ${home}.\n2 instances have been ended.\n`);
    expect(await Promise.all(ends)).toEqual([
      [null, 'SIGTERM'],
      [null, 'SIGKILL'],
    ]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });
});

describe('a service that is away', () => {
  it('is exit 3 with how to start it', async () => {
    const port = await freePort();
    const ran = await slipway(['ps'], { env: { SLIPWAY_PORT: String(port) } });
    expect(ran).toEqual({
      exit: 3,
      out: '',
      err: `No service answers at http://127.0.0.1:${port}.\n  Start it with "slipway up", or name another with --api or SLIPWAY_API.\n`,
    });
  });

  it.each(['localhost:8080', 'nonsense', 'ftp://a'])('%s is no address: exit 2', async (api) => {
    const ran = await slipway(['ps', '--api', api]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain(`"${api}" is not the address of a service`);
  });

  it('does not keep version from telling its own', async () => {
    const ran = await slipway(['version', '--api', `http://127.0.0.1:${await freePort()}`, '--json']);
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), service: null });
  });

  it('may be named by the environment, and --api counts more', async () => {
    const fake = new FakeService();
    await fake.start();
    try {
      fake.on('GET /api/status', () => ({ body: { version: '9.9.9' } }));
      const env = { SLIPWAY_API: 'http://127.0.0.1:1' };
      expect((await slipway(['version', '--api', fake.url], { env })).out).toContain('service 9.9.9');
      expect((await slipway(['version'], { env: { SLIPWAY_API: fake.url } })).out).toContain('service 9.9.9');
    } finally {
      await fake.stop();
    }
  });
});

describe('help', () => {
  it('names the exit codes, and is no error', async () => {
    const ran = await slipway(['--help']);
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(/3 {2}the service is away/);
  });

  it('goes to stderr with exit 2 where no command was given', async () => {
    expect(await slipway([])).toMatchObject({ exit: 2, out: '' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
