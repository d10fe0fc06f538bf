import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../src/os/process-table.js';
import { until } from '../helpers/until.js';
import {
  appOf,
  declare,
  FENCE,
  Host,
  instancesOf,
  PORT,
  processesOf,
  readyInstances,
  V1,
} from './support.js';

describe('processes', () => {
  let host: Host;
  beforeEach(async () => {
    host = await Host.open({ environment: { ...process.env, SECRET_TOKEN: 'hidden', LANG: 'C.UTF-8' } });
  });
  afterEach(() => host.close());

  const ended = (state: 'failed' | 'finished' | 'killed') =>
    until(async () => (await instancesOf(host.runtime, '/app', state))[0], { what: `a ${state} instance` });

  it('gives the environment of Marathon and nothing of its own', async () => {
    const app = appOf('/app', {
      cmd: 'env > env.txt; pwd > pwd.txt; exec sleep 1000',
      portDefinitions: [{ ...PORT, name: 'http-api' }, PORT],
      env: { MINE: 'yes', MESOS_TASK_ID: 'forged' },
      labels: { 'team-name': 'red' },
      cpus: 0.5,
    });
    await host.apply(app);
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    if (instance === undefined) throw new Error('no instance');
    const sandbox = `${host.dir(instance)}/sandbox`;
    const text = await until(() => readFile(`${sandbox}/env.txt`, 'utf8').catch(() => ''));
    const env = Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
    const [first, second] = instance.ports.map(String);
    expect(env).toMatchObject({
      PORT: first,
      PORT0: first,
      PORT1: second,
      PORTS: `${first},${second}`,
      PORT_HTTP_API: first,
      HOST: '127.0.0.1',
      HOME: sandbox,
      MARATHON_APP_ID: '/app',
      MARATHON_APP_VERSION: V1,
      MARATHON_APP_RESOURCE_CPUS: '0.5',
      MARATHON_APP_LABELS: 'TEAM_NAME',
      MARATHON_APP_LABEL_TEAM_NAME: 'red',
      MESOS_TASK_ID: instance.id,
      MESOS_SANDBOX: sandbox,
      MINE: 'yes',
      LANG: 'C.UTF-8',
    });
    expect(text).not.toContain('hidden');
    expect(text).not.toContain('slipway_');
    const pwd = await until(() => readFile(`${sandbox}/pwd.txt`, 'utf8').catch(() => ''));
    expect(pwd.trim()).toBe(sandbox);
  });

  it('runs args without a shell', async () => {
    await host.apply(appOf('/app', { args: ['printf', '%s|', '$HOME', 'a b'], cmd: undefined } as never));
    const instance = await ended('finished');
    expect(await host.file(instance, 'stdout')).toBe('$HOME|a b|');
    expect(instance).toMatchObject({ exitStatus: 0, message: 'exited with status 0' });
  });

  it('says which program was not found, and backs off', async () => {
    await host.apply(
      appOf('/app', { args: ['no-such-program'], cmd: undefined, backoffSeconds: 60 } as never),
    );
    expect((await ended('failed')).message).toBe(
      "Program 'no-such-program' was not found; it must be on PATH or in the sandbox.",
    );
    const { waiting, lastFailure } = await host.runtime.observe('/app');
    expect(waiting).toMatchObject([{ reason: 'backoff', count: 1, version: V1 }]);
    expect(lastFailure).toMatchObject({ app: '/app', state: 'failed' });
  });

  it('replaces what exits with growing delays, until the delay is reset', async () => {
    const app = appOf('/app', { cmd: 'echo broken >&2; exit 7', backoffSeconds: 0.05, backoffFactor: 100 });
    await host.apply(app);
    const waiting = await until(async () => {
      const [one] = (await host.runtime.observe('/app')).waiting;
      return one !== undefined && Date.parse(one.until ?? '') > Date.now() + 2000 ? one : undefined;
    });
    expect(waiting.description).toContain('exited with status 7; stderr: broken');
    const failed = await instancesOf(host.runtime, '/app', 'failed');
    expect(failed.map(({ exitStatus }) => exitStatus)).toEqual([7, 7]);
    expect(failed.map(({ id }) => id.at(-1))).toEqual(['1', '2']);
    await host.runtime.resetDelay('/app');
    await until(async () => (await instancesOf(host.runtime, '/app', 'failed')).length === 3);
  });

  it('ends the whole process group, also what left it', async () => {
    const cmd = 'sleep 1000 & setsid sleep 1001 & (sleep 1002; true) & exec sleep 1003';
    await host.apply(appOf('/app', { cmd }));
    await readyInstances(host.runtime, '/app', 1);
    await until(async () => (await processesOf(host.home)).length >= 5);
    await host.runtime.apply(appOf('/app'), declare([appOf('/app')], { [V1]: 0 }), FENCE);
    await until(async () => (await processesOf(host.home)).length === 0, { what: 'no process to be left' });
  });

  it('ends what a program that exits leaves behind', async () => {
    await host.apply(appOf('/app', { cmd: 'sleep 1000 & exit 3', backoffSeconds: 60 }));
    expect((await ended('failed')).exitStatus).toBe(3);
    await until(async () => (await processesOf(host.home)).length === 0);
  });

  it('gives SIGTERM first, and SIGKILL after the grace period', async () => {
    const stubborn = 'trap "echo terminated" TERM; echo started; while :; do sleep 0.02; done';
    const app = appOf('/app', { cmd: stubborn, taskKillGracePeriodSeconds: 0.3 });
    await host.apply(app);
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await until(async () => instance && (await host.file(instance, 'stdout')).includes('started'));
    const began = Date.now();
    await host.runtime.apply(app, declare([app], { [V1]: 0 }), FENCE);
    await until(async () => (await instancesOf(host.runtime, '/app', 'killing')).length === 1);
    const last = await ended('killed');
    expect(Date.now() - began).toBeGreaterThanOrEqual(300);
    expect(await host.file(last, 'stdout')).toContain('terminated');
    expect(last.message).toContain('SIGKILL');
  });

  it('keeps the status of a program that ends well on SIGTERM', async () => {
    const app = appOf('/app', { cmd: 'trap "exit 5" TERM; echo up; while :; do sleep 0.02; done' });
    await host.apply(app);
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await until(async () => instance && (await host.file(instance, 'stdout')).includes('up'));
    await host.runtime.kill([instance?.id ?? '']);
    expect(await ended('killed')).toMatchObject({ exitStatus: 5 });
  });

  it('notices that only the shim was killed, ends the rest and replaces it', async () => {
    await host.apply(appOf('/app', { cmd: 'sleep 1000; true' }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    process.kill(instance?.pid ?? 0, 'SIGKILL');
    expect(await ended('failed')).toMatchObject({ exitStatus: 137, message: 'was ended by SIGKILL' });
    const [next] = await readyInstances(host.runtime, '/app', 1);
    await until(async () => {
      const left = await processesOf(host.home);
      return left.length === 3 && left.includes(next?.pid ?? 0);
    });
  });

  it('passes over a port that somebody listens on', async () => {
    const [first] = host.options().portRange;
    const other = net.createServer().listen(first, '127.0.0.1');
    await once(other, 'listening');
    await host.apply(appOf('/app', { portDefinitions: [PORT] }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    expect(instance?.ports).toEqual([first + 1]);
    other.close();
  });

  it('waits for a port that is required and taken, and says so', async () => {
    const [, last] = host.options().portRange;
    const other = net.createServer().listen(last, '0.0.0.0');
    await once(other, 'listening');
    await host.apply(appOf('/app', { portDefinitions: [{ ...PORT, port: last }], requirePorts: true }));
    const waiting = await until(async () => (await host.runtime.observe('/app')).waiting[0]);
    expect(waiting).toMatchObject({ reason: 'resources', missing: ['InsufficientPorts'] });
    expect(waiting.description).toBe(`needs port ${last}, which is in use`);
    other.close();
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    expect(instance?.ports).toEqual([last]);
    expect((await host.runtime.observe('/app')).waiting).toEqual([]);
  });

  it('never gives a port to two services with the same range', async () => {
    const other = await Host.open({ portRange: host.options().portRange });
    const app = appOf('/app', { portDefinitions: [PORT], instances: 10 });
    await Promise.all([host.apply(app), other.apply(app)]);
    const both = await Promise.all([host, other].map(({ runtime }) => readyInstances(runtime, '/app', 10)));
    const ports = both.flat().flatMap((instance) => instance.ports);
    expect(new Set(ports).size).toBe(20);
    await other.close();
  });

  it('says why an app cannot run here', async () => {
    const docker = { image: 'redis', forcePullImage: false, privileged: false, parameters: [] };
    await host.apply(appOf('/docker', { container: { type: 'DOCKER', docker, volumes: [] } }));
    await host.apply(appOf('/secret', { env: { KEY: { secret: 'x' } } }));
    await host.apply(appOf('/unique', { constraints: [['hostname', 'UNIQUE']], instances: 2 }));
    const why = async (app: string) => until(async () => (await host.runtime.observe(app)).waiting[0]);
    expect(await why('/docker')).toMatchObject({
      reason: 'constraint',
      description: "needs the Docker image 'redis'; this environment runs processes",
    });
    expect((await why('/secret')).description).toContain('needs the secret of KEY');
    expect(await why('/unique')).toMatchObject({ count: 1, missing: ['UnfulfilledConstraint'] });
  });

  it('runs as another user, who cannot touch the records', async () => {
    if (process.getuid?.() !== 0) return;
    await chmod(host.home, 0o755);
    const cmd = 'id -un; touch mine; touch ../instance.json ../exit && echo broken; exec sleep 1000';
    await host.apply(appOf('/app', { cmd, user: 'nobody' }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    if (instance === undefined) throw new Error('no instance');
    const stderr = await until(async () => {
      const text = await host.file(instance, 'stderr');
      return text.split('denied').length > 2 ? text : undefined;
    });
    expect(stderr).toContain('instance.json');
    expect((await host.file(instance, 'stdout')).trim()).toBe('nobody');
  });

  it('says that a user is unknown', async () => {
    await host.apply(appOf('/app', { user: 'no-such-user', backoffSeconds: 60 }));
    expect((await ended('failed')).message).toBe(
      "Cannot run as user 'no-such-user': this machine has no such user.",
    );
  });

  it('starts twenty at once, each with a port of its own', async () => {
    await host.apply(appOf('/app', { instances: 20, portDefinitions: [PORT] }));
    const ready = await readyInstances(host.runtime, '/app', 20);
    expect(new Set(ready.flatMap(({ ports }) => ports)).size).toBe(20);
  });
});

describe('a machine with little room', () => {
  it('lets what does not fit wait with the reason, and starts it when something ends', async () => {
    const host = await Host.open({ capacity: { cpus: 0.3, mem: 100, disk: 10 } });
    const small = appOf('/small', { cpus: 0.1, instances: 2 });
    const big = appOf('/big', { cpus: 0.2, mem: 50 });
    await host.apply(small);
    await readyInstances(host.runtime, '/small', 2);
    await host.apply(big);
    const waiting = await until(async () => (await host.runtime.observe('/big')).waiting[0]);
    expect(waiting).toMatchObject({ reason: 'resources', count: 1, missing: ['InsufficientCpus'] });
    expect(waiting.description).toBe('needs 0.2 cpus, 0.1 are free of 0.3');
    const { total, taken } = await host.runtime.capacity();
    expect(total).toMatchObject({ cpus: 0.3, mem: 100, disk: 10, ports: 50 });
    expect(taken).toMatchObject({ cpus: 0.2, mem: 2, ports: 0 });
    await host.apply(small, declare([small], { [V1]: 1 }));
    await readyInstances(host.runtime, '/big', 1);
    await host.close();
  });
});

describe('pids', () => {
  it('are not mistaken: a record with the pid of another process is never signalled', async () => {
    const host = await Host.open();
    await host.apply(appOf('/app'));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    if (instance === undefined) throw new Error('no instance');
    await host.stop();
    const bystander = spawn('sleep', ['1000'], { detached: true });
    const noted = (await host.file(instance, 'pid')).replace(/^\d+ /m, `${bystander.pid} `);
    await writeFile(`${host.dir(instance)}/pid`, noted);
    process.kill(-(instance.pid ?? 0), 'SIGKILL');
    await until(() => startTimeOf(instance.pid ?? 0) === undefined);
    await host.start();
    const [next] = await readyInstances(host.runtime, '/app', 1);
    expect(next?.id).toBe(instance.id.replace(/1$/, '2'));
    expect(await instancesOf(host.runtime, '/app', 'failed')).toMatchObject([{ exitStatus: 137 }]);
    await host.close();
    expect(startTimeOf(bystander.pid ?? 0)).toBeDefined();
    bystander.kill('SIGKILL');
  });
});
