import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../src/demo/ports.js';
import { ProcessScanner } from '../../src/demo/processes.js';
import { until } from '../helpers/until.js';

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    // Its whole group: a shell may have a program of its own.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await once(child, 'exit');
  }
});

/** `command` in a shell, as an instance of the run. */
function launch(run: string, instance: string, port: number, command: string): ChildProcess {
  const env = {
    ...process.env,
    SLIPWAY_DEMO_RUN: run,
    MARATHON_APP_ID: '/db',
    MESOS_TASK_ID: instance,
    PORT0: String(port),
  };
  const child = spawn('/bin/sh', ['-c', command], { env, stdio: 'ignore', detached: true });
  children.push(child);
  return child;
}

const LISTEN = `exec ${process.execPath} -e "require('http').createServer().listen(process.env.PORT0)"`;

describe('the scan of processes', () => {
  it('finds the instances of its run, says which accept connections, and sees them end', async () => {
    const scanner = new ProcessScanner('run-a');
    const [port, unused] = [await freePort(0), await freePort(0)];
    const first = launch('run-a', 'one', port, LISTEN);
    launch('run-a', 'two', unused, 'exec sleep 60');
    launch('run-b', 'three', port, 'exec sleep 60');
    const found = await until(() => {
      const seen = scanner.scan().sort((a, b) => a.instance.localeCompare(b.instance));
      return seen.length === 2 && seen[0]?.accepting ? seen : undefined;
    });
    expect(found).toEqual([
      { app: '/db', instance: 'one', accepting: true },
      { app: '/db', instance: 'two', accepting: false },
    ]);
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(scanner.scan().map(({ instance }) => instance)).toEqual(['two']);
  });

  it('counts a shell and its program as one instance', async () => {
    const scanner = new ProcessScanner('run-c');
    const port = await freePort(0);
    launch('run-c', 'one', port, `${LISTEN.replace('exec ', '')} & wait`);
    await until(() => scanner.scan()[0]?.accepting);
    expect(scanner.scan()).toEqual([{ app: '/db', instance: 'one', accepting: true }]);
  });

  it('goes on finding new ones after many scans without any', async () => {
    const scanner = new ProcessScanner('run-d');
    for (let i = 0; i < 25; i++) expect(scanner.scan()).toEqual([]);
    launch('run-d', 'late', 1, 'exec sleep 60');
    await until(() => scanner.scan().length === 1);
  });
});
