import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/model/app.js';
import type { Instance } from '../../src/model/instance.js';
import type { InstanceHistory } from '../../src/runtimes/supervisor/driver.js';
import { until } from '../helpers/until.js';
import {
  appOf,
  declare,
  FENCE,
  Host,
  HTTP_CHECK,
  instancesOf,
  PORT,
  processesOf,
  readyInstances,
  V1,
} from './support.js';

let host: Host;
beforeEach(async () => {
  host = await Host.open();
});
afterEach(() => host.close());

/** Goes on when the test says so. */
const GATE = 'until test -e go; do sleep 0.02; done';
/** Answers on its port, and notes what it was asked. */
const SERVER = `exec '${process.execPath}' -e '
  const note = (text) => require("fs").appendFileSync("asked", text + "\\n");
  require("http").createServer((q, r) => { note(q.url); r.statusCode = q.url === "/no" ? 500 : 200; r.end(); }).listen(process.env.PORT0);
'`;

async function one(state: Instance['state']): Promise<Instance> {
  const found = async () => (await instancesOf(host.runtime, '/app', state))[0];
  return until(found, { what: `a ${state} instance` });
}

async function begun(): Promise<Instance> {
  const [instance] = await readyInstances(host.runtime, '/app', 1);
  if (instance === undefined) throw new Error('no instance');
  return instance;
}

const inSandbox = (instance: Instance, name: string) => path.join(host.dir(instance), 'sandbox', name);
const written = (instance: Instance, name: string) =>
  until(() => readFile(inSandbox(instance, name), 'utf8').catch(() => ''), { what: `${name} to be written` });
const linesOf = (instance: Instance, name: string, count: number) =>
  until(async () => (await written(instance, name)).split('\n').length === count + 1, {
    what: `${count} lines`,
  });
const open = (instance: Instance) => writeFile(inSandbox(instance, 'go'), '');
const end = (app: App) => host.runtime.apply(app, declare([app], { [V1]: 0 }), FENCE);
const history = async (instance: Instance) =>
  JSON.parse(await host.file(instance, 'history.json')) as InstanceHistory;

async function restart(): Promise<void> {
  await host.stop();
  await host.start();
}

describe('a postStart hook', () => {
  it('runs beside the instance, in its sandbox and environment, before it is running', async () => {
    const command = `echo "$MESOS_TASK_ID $PORT0 $(pwd)" > hook; ${GATE}`;
    await host.apply(appOf('/app', { portDefinitions: [PORT], hooks: { postStart: { command } } }));
    const staging = await until(async () => {
      const [instance] = await instancesOf(host.runtime, '/app', 'staging');
      return instance?.pid === undefined ? undefined : instance;
    });
    const text = await written(staging, 'hook');
    expect(text).toBe(`${staging.id} ${staging.ports[0]} ${path.dirname(inSandbox(staging, 'x'))}\n`);
    const [seen] = await instancesOf(host.runtime, '/app');
    expect(seen).toMatchObject({
      state: 'staging',
      ready: false,
      message: 'not running: its postStart hook has not ended',
    });
    expect(seen).not.toHaveProperty('startedAt');
    await open(staging);
    expect(await begun()).toMatchObject({ id: staging.id, pid: staging.pid, state: 'running' });
  });

  it('is waited for by the checks', async () => {
    const check = { ...HTTP_CHECK, gracePeriodSeconds: 0, maxConsecutiveFailures: 1, path: '/health' };
    const app = { portDefinitions: [PORT], healthChecks: [check] };
    const cmd = `${GATE}; ${SERVER}`;
    await host.apply(appOf('/app', { ...app, cmd, hooks: { postStart: { command: `${GATE}; sleep 0.3` } } }));
    const staging = await one('staging');
    await until(async () => staging && (await instancesOf(host.runtime, '/app'))[0]?.pid);
    await open(staging);
    expect((await begun()).id).toBe(staging.id);
  });

  it.each([
    ['echo no >&2; exit 3', undefined, "command 'echo no >&2; exit 3' ended with status 3: no"],
    ['sleep 1000', 0.2, "command 'sleep 1000' did not end within 0.2 s"],
  ])('%s fails: the instance ends as failed, and its replacement waits', async (command, timeout, why) => {
    const postStart = { command, ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) };
    await host.apply(appOf('/app', { hooks: { postStart }, backoffSeconds: 60 }));
    const failed = await one('failed');
    expect(failed.message).toBe(`its postStart hook failed: ${why}`);
    const waiting = await until(async () => (await host.runtime.observe('/app')).waiting[0]);
    expect(waiting).toMatchObject({ reason: 'backoff', count: 1 });
    expect((await host.runtime.observe('/app')).lastFailure?.message).toBe(failed.message);
    await until(async () => (await processesOf(host.home)).length === 0, { what: 'no process to be left' });
  });

  it('is given up with its instance', async () => {
    const app = appOf('/app', { hooks: { postStart: { command: 'echo up > hook; sleep 1000' } } });
    await host.apply(app);
    await written(await one('staging'), 'hook');
    await end(app);
    expect((await one('killed')).message).toContain('was ended');
    await until(async () => (await processesOf(host.home)).length === 0, { what: 'no process to be left' });
  });

  it('is carried out again where the service was ended meanwhile, and not once it has ended', async () => {
    await host.apply(appOf('/app', { hooks: { postStart: { command: `echo run >> runs; ${GATE}` } } }));
    const staging = await one('staging');
    await linesOf(staging, 'runs', 1);
    await restart();
    await linesOf(staging, 'runs', 2);
    await open(staging);
    const running = await begun();
    expect(running).toMatchObject({ id: staging.id });
    await until(async () => (await history(running)).postStartedAt);
    await restart();
    expect(await begun()).toMatchObject({ id: staging.id, startedAt: running.startedAt });
    await linesOf(staging, 'runs', 2);
  });
});

describe('a preStop hook', () => {
  const orderly = 'trap "echo term >> order; exit 0" TERM; echo up > up; while :; do sleep 0.02; done';

  it('ends before SIGTERM is sent', async () => {
    const preStop = { command: 'echo begin >> order; sleep 0.2; echo end >> order' };
    const app = appOf('/app', { cmd: orderly, hooks: { preStop }, taskKillGracePeriodSeconds: 20 });
    await host.apply(app);
    await written(await begun(), 'up');
    await end(app);
    const killed = await one('killed');
    expect(await written(killed, 'order')).toBe('begin\nend\nterm\n');
    expect(killed.message).not.toContain('hook');
  });

  it('that fails delays nothing, and is told', async () => {
    const hooks = { preStop: { command: 'exit 4' } };
    const app = appOf('/app', { cmd: orderly, hooks, taskKillGracePeriodSeconds: 1000 });
    await host.apply(app);
    await written(await begun(), 'up');
    await end(app);
    const killed = await one('killed');
    expect(killed.message).toContain("its preStop hook failed: command 'exit 4' ended with status 4");
    expect(await written(killed, 'order')).toBe('term\n');
  });

  it('that takes longer than the grace period is given up with the instance', async () => {
    const hooks = { preStop: { command: 'sleep 1000' } };
    const app = appOf('/app', { cmd: orderly, hooks, taskKillGracePeriodSeconds: 0.3 });
    await host.apply(app);
    await begun();
    const told = Date.now();
    await end(app);
    const killed = await one('killed');
    expect(Date.parse(killed.endedAt ?? '') - told).toBeGreaterThanOrEqual(299);
    expect(killed.message).toMatch(/its preStop hook .*did not end within/);
    await until(async () => (await processesOf(host.home)).length === 0, { what: 'no process to be left' });
  });

  it('goes on after a restart of the service, with the deadline that it had', async () => {
    const hooks = { preStop: { command: 'echo run >> runs; sleep 1000' } };
    const app = appOf('/app', { hooks, taskKillGracePeriodSeconds: 3 });
    await host.apply(app);
    const running = await begun();
    await end(app);
    await linesOf(running, 'runs', 1);
    const before = (await history(running)).kill;
    await restart();
    await linesOf(running, 'runs', 2);
    expect((await history(running)).kill).toEqual(before);
    const killed = await one('killed');
    expect(killed.message).toMatch(/its preStop hook .*did not end within/);
    expect(killed.endedAt && before && killed.endedAt >= before.deadline).toBe(true);
  });

  it('that has ended is not carried out again by the next service', async () => {
    const hooks = { preStop: { command: 'echo run >> runs' } };
    const cmd = 'trap "" TERM; echo up > up; while :; do sleep 0.02; done';
    const app = appOf('/app', { cmd, hooks, taskKillGracePeriodSeconds: 3 });
    await host.apply(app);
    const running = await begun();
    await written(running, 'up');
    await end(app);
    // Written beside what goes on: the file may not be there yet.
    await until(async () => (await history(running).catch(() => undefined))?.kill?.preStop?.at);
    await restart();
    await one('killed');
    await linesOf(running, 'runs', 1);
  });

  it('asks the instance by HTTP', async () => {
    const hooks = { preStop: { http: { scheme: 'HTTP', path: '/drain', portIndex: 0 } } } as const;
    const healthChecks = [HTTP_CHECK];
    const app = appOf('/app', { cmd: SERVER, portDefinitions: [PORT], healthChecks, hooks });
    await host.apply(app);
    const running = await begun();
    await end(app);
    await one('killed');
    expect((await written(running, 'asked')).trim().split('\n').at(-1)).toBe('/drain');
  });

  it('is told of where the instance answers with an error', async () => {
    const hooks = { preStop: { http: { scheme: 'HTTP', path: '/no' } } } as const;
    const app = appOf('/app', { cmd: SERVER, portDefinitions: [PORT], healthChecks: [HTTP_CHECK], hooks });
    await host.apply(app);
    await begun();
    await end(app);
    expect((await one('killed')).message).toMatch(/its preStop hook failed: .*500/);
  });
});
