import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pino from 'pino';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { hasEnded } from '../../src/os/end-process.js';
import { allPids, commandLineOf, signalSame, startTimeOf } from '../../src/os/process-table.js';
import { findTemporal } from '../../src/temporal/binary/index.js';
import { type DevServer, startDevServer } from '../../src/temporal/devserver.js';
import { freePort } from '../helpers/free-port.js';
import { spawnTypeScript } from '../helpers/spawn-typescript.js';
import { tempDir } from '../helpers/temp-dir.js';
import { until } from '../helpers/until.js';

const log = pino({ level: 'silent' });
const STARTER = new URL('./programs/start-server.ts', import.meta.url);
const LIMIT = 60_000;
let binary: string;

beforeAll(async () => {
  binary = await findTemporal({ env: process.env, say: console.log });
}, 600_000);

interface Place {
  home: string;
  port: number;
  uiPort: number;
}

async function place(): Promise<Place> {
  const home = await tempDir();
  onTestFinished(() => killServersOf(home));
  return { home, port: await freePort(), uiPort: await freePort() };
}

/** Nothing of a failed test stays: found by the home in its command line. */
async function killServersOf(home: string): Promise<void> {
  for (const pid of serversOf(home)) {
    const identity = { pid, startTime: startTimeOf(pid) ?? '' };
    signalSame(identity, 'SIGKILL');
    await hasEnded(identity, 5_000);
  }
}

function serversOf(home: string): number[] {
  return allPids().filter((pid) => commandLineOf(pid).includes(join(home, 'temporal', 'temporal.db')));
}

async function start(where: Place): Promise<DevServer> {
  const server = await startDevServer({ binary, ...where, log });
  onTestFinished(() => server.stop());
  return server;
}

async function searchAttributes(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const answer = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    return Object.keys(answer.customAttributes ?? {});
  } finally {
    await connection.close();
  }
}

async function processGroupOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

async function startInOtherProcess(where: Place) {
  const starter = spawnTypeScript(STARTER, [binary, where.home, String(where.port), String(where.uiPort)]);
  onTestFinished(() => void starter.kill('SIGKILL'));
  if (starter.stdout === null) throw new Error('no output');
  const [line] = await once(starter.stdout, 'data');
  return { starter, serverPid: Number(String(line)) };
}

it(
  'answers, shows its UI, knows our search attributes, keeps its data in the home, and ends when told',
  async () => {
    const where = await place();
    const server = await start(where);
    expect(server.address).toBe(`127.0.0.1:${where.port}`);
    expect(await searchAttributes(server.address)).toEqual(
      expect.arrayContaining(['SlipwayApp', 'SlipwayEnvironment', 'SlipwayStep', 'SlipwayGate']),
    );
    await until(() =>
      fetch(server.uiUrl).then(
        (answer) => answer.ok,
        () => false,
      ),
    );
    const record = JSON.parse(await readFile(join(where.home, 'temporal', 'server.json'), 'utf8'));
    expect(record).toEqual({ pid: server.pid, startTime: startTimeOf(server.pid) });
    expect(await processGroupOf(server.pid), 'a group of its own: Ctrl-C reaches only the service').toBe(
      server.pid,
    );
    await server.stop();
    expect(serversOf(where.home)).toEqual([]);
    await expect(readFile(join(where.home, 'temporal', 'server.json'))).rejects.toThrow('ENOENT');
  },
  LIMIT,
);

it(
  'takes over the server of a service that was killed, and can end it',
  async () => {
    const where = await place();
    const { starter, serverPid } = await startInOtherProcess(where);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const server = await start(where);
    expect(server.pid).toBe(serverPid);
    await server.stop();
    expect(startTimeOf(serverPid)).toBeUndefined();
  },
  LIMIT,
);

it(
  'takes it over although the service was killed before it could note the pid',
  async () => {
    const where = await place();
    const { starter, serverPid } = await startInOtherProcess(where);
    starter.kill('SIGKILL');
    await writeFile(join(where.home, 'temporal', 'server.json'), '{"pid":');
    expect((await start(where)).pid).toBe(serverPid);
  },
  LIMIT,
);

it(
  'ends a leftover with other ports and starts one on the same data',
  async () => {
    const where = await place();
    const { starter, serverPid } = await startInOtherProcess(where);
    starter.kill('SIGKILL');
    const server = await start({ ...where, port: await freePort() });
    expect(server.pid).not.toBe(serverPid);
    expect(serversOf(where.home)).toEqual([server.pid]);
  },
  LIMIT,
);

it(
  'never ends a process that only has the recorded pid',
  async () => {
    const where = await place();
    const server = await start(where);
    await server.stop();
    await writeFile(
      join(where.home, 'temporal', 'server.json'),
      JSON.stringify({ pid: process.pid, startTime: 'an earlier boot/1' }),
    );
    expect((await start(where)).pid).not.toBe(process.pid);
  },
  LIMIT,
);

it(
  'is started again when it dies, on the same data, and a restart that was taken over too',
  async () => {
    const where = await place();
    const { starter, serverPid } = await startInOtherProcess(where);
    starter.kill('SIGKILL');
    const server = await start(where);
    const exits: string[] = [];
    server.onExit((how) => exits.push(how));
    process.kill(serverPid, 'SIGKILL');
    const second = await until(() => (server.pid === serverPid ? 0 : server.pid), { timeoutMs: 20_000 });
    expect(exits).toEqual(['its process is gone']);
    process.kill(second, 'SIGKILL');
    await until(() => server.pid !== second, { timeoutMs: 20_000 });
    expect(exits).toEqual(['its process is gone', 'SIGKILL']);
    expect(await searchAttributes(server.address)).toContain('SlipwayGate');
  },
  LIMIT,
);

it(
  'adds our search attributes to data that was made without them',
  async () => {
    const where = await place();
    await mkdir(join(where.home, 'temporal'));
    const database = join(where.home, 'temporal', 'temporal.db');
    const ports = ['--port', String(where.port), '--ui-port', String(where.uiPort)];
    const args = ['server', 'start-dev', '--ip', '127.0.0.1', ...ports, '--db-filename', database];
    const plain = spawn(binary, args, { stdio: 'ignore' });
    await until(() => searchAttributes(`127.0.0.1:${where.port}`).catch(() => undefined), {
      timeoutMs: 30_000,
    });
    const server = await start(where);
    expect(server.pid).not.toBe(plain.pid);
    expect(await searchAttributes(server.address)).toEqual(
      expect.arrayContaining(['SlipwayApp', 'SlipwayGate']),
    );
  },
  LIMIT,
);

it.each([
  ['port', 'SLIPWAY_TEMPORAL_PORT'],
  ['uiPort', 'SLIPWAY_TEMPORAL_UI_PORT'],
] as const)(
  'says which variable changes a %s that is in use',
  async (key, variable) => {
    const where = await place();
    const other = createServer().listen(where[key], '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    await expect(startDevServer({ binary, ...where, log })).rejects.toThrow(
      new RegExp(`^Port ${where[key]} on 127.0.0.1.* in use .*set ${variable} to a free port`),
    );
    expect(serversOf(where.home)).toEqual([]);
  },
  LIMIT,
);

it(
  'gives the last words of a server that ends at its start',
  async () => {
    const where = await place();
    await mkdir(join(where.home, 'temporal'));
    await copyFile('/proc/self/exe', join(where.home, 'temporal', 'temporal.db'));
    await expect(startDevServer({ binary, ...where, log })).rejects.toThrow(
      /ended at its start \(exit code 1\). The last lines of .*server.log:\n {2}.*not a database/s,
    );
  },
  LIMIT,
);

/** A program that falls over as Go does, with more lines than are told, before it runs the server. */
async function fallingOver(
  home: string,
  times: number,
): Promise<{ program: string; starts: () => Promise<number> }> {
  const [program, count] = [join(home, 'falls-over'), join(home, 'starts')];
  const script = `#!/bin/sh
echo started >> '${count}'
[ "$(wc -l < '${count}')" -gt ${times} ] && exec '${binary}' "$@"
echo 'panic: no port is free'
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo "goroutine $i"; done
exit 2
`;
  await writeFile(program, script, { mode: 0o755 });
  return { program, starts: async () => (await readFile(count, 'utf8')).trim().split('\n').length };
}

it(
  'starts a server once more that fell over at its start, for another took the port that it had found free',
  async () => {
    const where = await place();
    const { program, starts } = await fallingOver(where.home, 2);
    const server = await startDevServer({ ...where, binary: program, log });
    expect(await starts()).toBe(3);
    await server.stop();
  },
  LIMIT,
);

it(
  'gives up a server that falls over each time, and says why it does',
  async () => {
    const where = await place();
    const { program, starts } = await fallingOver(where.home, 9);
    await expect(startDevServer({ ...where, binary: program, log })).rejects.toThrow(
      /exit code 2\).*:\n {2}panic: no port is free\n {2}goroutine 1\n/s,
    );
    expect(await starts()).toBe(3);
  },
  LIMIT,
);

it(
  'says when the binary cannot be run',
  async () => {
    const where = await place();
    await expect(startDevServer({ ...where, binary: '/nowhere/temporal', log })).rejects.toThrow(
      '/nowhere/temporal could not be started: spawn /nowhere/temporal ENOENT.',
    );
  },
  LIMIT,
);
