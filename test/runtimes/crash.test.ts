import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runVersion } from '../../src/model/app.js';
import { until } from '../helpers/until.js';
import { appOf, declare, Host, instancesOf, PORT, processesOf, readyInstances, V1, V2 } from './support.js';

const PROGRAM = path.resolve('test/runtimes/programs/service.ts');

async function service(home: string, [first, last]: readonly [number, number]): Promise<ChildProcess> {
  const args = ['--import', 'tsx', PROGRAM, home, `${first}`, `${last}`];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

it('loses, doubles and leaks no instance when the service is killed at any moment', {
  timeout: 60_000,
}, async () => {
  const host = await Host.open();
  const { portRange } = host.options();
  await host.stop();
  const old = appOf('/app', { cmd: 'sleep 1000; true', portDefinitions: [PORT] });
  const next = appOf('/app', { cmd: 'sleep 1001; true', portDefinitions: [PORT] }, V2);
  const declared = (app: typeof old, split: Record<string, number>) =>
    writeFile(`${host.home}/targets`, JSON.stringify([{ app, declaration: declare([old, next], split) }]));

  for (const [round, delay] of [0, 5, 15, 30, 60].entries()) {
    await declared(round % 2 === 0 ? old : next, { [round % 2 === 0 ? V1 : V2]: 8 });
    const child = await service(host.home, portRange);
    if (child.stdout !== null) await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, delay));
    await kill(child);
  }

  host.targets.kept.set('/app', { app: next, declaration: declare([next], { [runVersion(next)]: 8 }) });
  await host.start();
  const instances = await readyInstances(host.runtime, '/app', 8);
  expect(new Set(instances.map(({ version }) => version))).toEqual(new Set([V2]));
  expect(new Set(instances.flatMap(({ ports }) => ports)).size).toBe(8);
  // Each is a shim, the shell of its command line, and sleep.
  await until(async () => (await processesOf(host.home)).length === 24, {
    what: 'exactly the processes of 8 instances',
  });
  expect(await instancesOf(host.runtime, '/app', 'running')).toHaveLength(8);
  await host.close();
});

it('keeps one instance for each ordinal when the service is killed at any moment', {
  timeout: 60_000,
}, async () => {
  const host = await Host.open();
  const { portRange } = host.options();
  await host.stop();
  const old = appOf('/store', { stateful: true, cmd: 'sleep 1000; true' });
  const next = appOf('/store', { stateful: true, cmd: 'sleep 1001; true' }, V2);
  const target = (round: number, count: number) => {
    const app = round % 2 === 0 ? old : next;
    return { app, declaration: declare([old, next], { [runVersion(app)]: count }) };
  };

  for (const [round, delay] of [400, 20, 60, 120, 200].entries()) {
    await writeFile(`${host.home}/targets`, JSON.stringify([target(round, 5 - (round % 3))]));
    const child = await service(host.home, portRange);
    if (child.stdout !== null) await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, delay));
    await kill(child);
  }

  host.targets.kept.set('/store', target(1, 5));
  await host.start();
  const five = await until(async () => {
    const now = await readyInstances(host.runtime, '/store', 5);
    return now.every(({ version }) => version === V2) ? now : undefined;
  });
  expect(five.map(({ ordinal }) => ordinal).sort()).toEqual([0, 1, 2, 3, 4]);
  await until(async () => (await processesOf(host.home)).length === 15, {
    what: 'exactly the processes of 5 instances',
  });
  await host.close();
});
