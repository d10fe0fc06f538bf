import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
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
    const seen = () => scanner.scan().get('/db');
    await until(() => seen()?.running === 2 && seen()?.accepting === 1);
    expect(scanner.scan()).toEqual(new Map([['/db', { running: 2, accepting: 1 }]]));
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(seen()).toEqual({ running: 1, accepting: 0 });
  });

  it('still counts who listened when the look began and has ended since', async () => {
    const scanner = new ProcessScanner('run-e');
    const port = await freePort(0);
    const holder = createServer().listen(port);
    onTestFinished(() => void holder.close());
    await once(holder, 'listening');
    const instance = launch('run-e', 'one', port, 'exec sleep 60');
    await until(() => scanner.scan().get('/db')?.running === 1);
    instance.kill('SIGKILL');
    await once(instance, 'exit');
    // Its port is listened on: as if it had ended in the midst of the look.
    expect(scanner.scan().get('/db')).toEqual({ running: 0, accepting: 1 });
    expect(scanner.scan().get('/db')).toBeUndefined();
  });

  it('counts a shell and its program as one instance', async () => {
    const scanner = new ProcessScanner('run-c');
    const port = await freePort(0);
    launch('run-c', 'one', port, `${LISTEN.replace('exec ', '')} & wait`);
    await until(() => scanner.scan().get('/db')?.accepting === 1);
    expect(scanner.scan().get('/db')).toEqual({ running: 1, accepting: 1 });
  });

  it('goes on finding new ones after many scans without any', async () => {
    const scanner = new ProcessScanner('run-d');
    for (let i = 0; i < 25; i++) expect(scanner.scan().size).toBe(0);
    launch('run-d', 'late', 1, 'exec sleep 60');
    await until(() => scanner.scan().get('/db')?.running === 1);
  });
});
