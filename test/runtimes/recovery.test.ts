import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../src/os/process-table.js';
import { createProcessRuntime } from '../../src/runtimes/process/runtime.js';
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
  SERVER,
  V1,
} from './support.js';

describe('a restart of the service', () => {
  let host: Host;
  beforeEach(async () => {
    host = await Host.open();
  });
  afterEach(() => host.close());

  const gone = (pid: number | undefined) => until(() => startTimeOf(pid ?? 0) === undefined);

  it('notices what exited meanwhile, with its status, and replaces it', async () => {
    const app = appOf('/late', {
      cmd: 'while [ ! -e go ]; do sleep 0.02; done; exit 9',
      backoffSeconds: 0.2,
    });
    await host.apply(app);
    const [instance] = await readyInstances(host.runtime, '/late', 1);
    await host.stop();
    await writeFile(`${instance && host.dir(instance)}/sandbox/go`, '');
    await gone(instance?.pid);
    await host.start();
    const [ended] = await instancesOf(host.runtime, '/late', 'failed');
    expect(ended).toMatchObject({ id: instance?.id, exitStatus: 9, message: 'exited with status 9' });
    const [next] = await readyInstances(host.runtime, '/late', 1);
    expect(next?.id).toBe(instance?.id.replace(/1$/, '2'));
  });

  it('notices the end of an instance that it took over', async () => {
    await host.apply(
      appOf('/app', { cmd: 'while [ ! -e go ]; do sleep 0.02; done; exit 4', backoffSeconds: 60 }),
    );
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await host.stop();
    await host.start();
    await readyInstances(host.runtime, '/app', 1);
    await writeFile(`${instance && host.dir(instance)}/sandbox/go`, '');
    const failed = await until(async () => (await instancesOf(host.runtime, '/app', 'failed'))[0]);
    expect(failed).toMatchObject({ id: instance?.id, exitStatus: 4 });
  });

  it('goes on with a back-off', async () => {
    await host.apply(appOf('/app', { cmd: 'exit 1', backoffSeconds: 60 }));
    const before = await until(async () => (await host.runtime.observe('/app')).waiting[0]);
    await host.stop();
    await host.start();
    const after = await until(async () => (await host.runtime.observe('/app')).waiting[0]);
    expect(after).toMatchObject({ reason: 'backoff', count: 1 });
    // The clock tells whole milliseconds.
    const moved = Date.parse(after.until ?? '') - Date.parse(before.until ?? '');
    expect(Math.abs(moved)).toBeLessThanOrEqual(2);
    expect((await host.runtime.observe('/app')).lastFailure?.message).toBe('exited with status 1');
  });

  it('carries out a kill whose grace period goes on', async () => {
    const stubborn = 'trap "" TERM; echo up; while :; do sleep 0.02; done';
    const app = appOf('/app', { cmd: stubborn, taskKillGracePeriodSeconds: 1 });
    await host.apply(app);
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await until(async () => instance && (await host.file(instance, 'stdout')).includes('up'));
    await host.runtime.apply(app, declare([app], { [V1]: 0 }), FENCE);
    await until(async () => (await instancesOf(host.runtime, '/app', 'killing'))[0]);
    await host.stop();
    expect(startTimeOf(instance?.pid ?? 0)).toBeDefined();
    await host.start();
    expect(await instancesOf(host.runtime, '/app', 'killing')).toMatchObject([{ id: instance?.id }]);
    await gone(instance?.pid);
    await until(async () => (await instancesOf(host.runtime, '/app', 'killed'))[0]);
  });

  it('takes over a process that was started and not recorded', async () => {
    await host.apply(appOf('/app', { cmd: 'sleep 1000; true' }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    if (instance === undefined) throw new Error('no instance');
    await host.stop();
    await rm(`${host.dir(instance)}/pid`);
    await rm(`${host.dir(instance)}/history.json`);
    await host.start();
    expect(await readyInstances(host.runtime, '/app', 1)).toMatchObject([
      { id: instance.id, pid: instance.pid },
    ]);
  });

  it('starts what was recorded and not started, and ends what nobody knows', async () => {
    await host.apply(appOf('/app', { cmd: 'sleep 1000; true', instances: 2 }));
    const [first, second] = await readyInstances(host.runtime, '/app', 2);
    if (first === undefined || second === undefined) throw new Error('no instances');
    await host.stop();
    process.kill(-(first.pid ?? 0), 'SIGKILL');
    await gone(first.pid);
    await Promise.all(['pid', 'history.json'].map((name) => rm(`${host.dir(first)}/${name}`)));
    await rm(host.dir(second), { recursive: true });
    await host.start();
    const now = await readyInstances(host.runtime, '/app', 2);
    expect(now.map(({ id }) => id)).not.toContain(second.id);
    expect(now.map(({ id }) => id)).toContain(first.id.replace(/1$/, '2'));
    await gone(second.pid);
    await until(() => !host.projection.shown.has(second.id), { what: 'the lost instance to be taken off' });
    expect((await instancesOf(host.runtime, '/app', 'failed')).length).toBe(0);
  });

  it('ends instances of an app that nobody declares', async () => {
    await host.apply(appOf('/app'));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await host.stop();
    await host.targets.forget('/app');
    await host.start();
    await gone(instance?.pid);
    expect(await processesOf(host.home)).toEqual([]);
  });

  it('keeps the ports of an instance that it took over', async () => {
    const app = appOf('/app', { portDefinitions: [PORT], instances: 2 });
    await host.apply(app);
    const before = await readyInstances(host.runtime, '/app', 2);
    await host.stop();
    await host.start();
    await host.apply(app, declare([app], { [V1]: 4 }));
    const after = await readyInstances(host.runtime, '/app', 4);
    expect(new Set(after.flatMap(({ ports }) => ports)).size).toBe(4);
    for (const { id, ports } of before) expect(after.find((one) => one.id === id)?.ports).toEqual(ports);
  });

  it('is not ready again before its check passed', async () => {
    const cmd = `exec node ${SERVER} --name app --port $PORT0`;
    const app = appOf('/app', { cmd, portDefinitions: [PORT], healthChecks: [HTTP_CHECK] });
    await host.apply(app, declare([app], { [V1]: 1 }, { minReadySeconds: 1 }));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await host.stop();
    await host.start();
    expect((await instancesOf(host.runtime, '/app', 'running'))[0]?.ready).toBe(false);
    expect((await readyInstances(host.runtime, '/app', 1))[0]?.pid).toBe(instance?.pid);
  });

  it('is refused while another service supervises the folder', async () => {
    const second = createProcessRuntime(host.options());
    await expect(second.start()).rejects.toThrow(`Another slipway supervises ${host.home}`);
  });

  it('may be tried again when the database was away', async () => {
    await host.apply(appOf('/app'));
    await readyInstances(host.runtime, '/app', 1);
    await host.stop();
    const { targets } = host;
    const load = targets.load.bind(targets);
    targets.load = async () => {
      throw new Error('the database is away');
    };
    await expect(host.start()).rejects.toThrow('the database is away');
    targets.load = load;
    await host.start();
    await readyInstances(host.runtime, '/app', 1);
  });
});

it('says that its folder cannot be used', async () => {
  const host = await Host.open();
  await writeFile(`${host.home}/file`, '');
  const runtime = createProcessRuntime({ ...host.options(), home: `${host.home}/file` });
  await expect(runtime.start()).rejects.toThrow(/Cannot keep instances in .*file: .*It must be a folder/);
  await host.close();
});

describe('the projection', () => {
  it('shows every state, with events in order, and only what is alive after all', async () => {
    const host = await Host.open();
    const app = appOf('/app');
    await host.apply(app);
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await host.runtime.flush();
    expect(host.projection.shown.get(instance?.id ?? '')).toMatchObject({ state: 'running', ready: true });
    await host.apply(app, declare([app], { [V1]: 0 }));
    await until(async () => (await instancesOf(host.runtime, '/app', 'killed'))[0]);
    await host.runtime.flush();
    const states = host.projection.events.filter(({ eventType }) => eventType === 'status_update_event');
    expect(states.map(({ taskStatus }) => taskStatus)).toEqual([
      'TASK_STAGING',
      'TASK_RUNNING',
      'TASK_KILLING',
      'TASK_KILLED',
    ]);
    expect(await host.projection.alive()).toEqual([]);
    await host.close();
  });

  it('is written with the newest state when the database comes back; supervision does not wait', async () => {
    const host = await Host.open();
    host.projection.away = true;
    await host.apply(appOf('/app'));
    const [first] = await readyInstances(host.runtime, '/app', 1);
    let flushed = false;
    const flush = host.runtime.flush().then(() => {
      flushed = true;
    });
    await host.runtime.kill([first?.id ?? '']);
    await until(async () => (await instancesOf(host.runtime, '/app', 'running'))[0]?.id.endsWith('.2'));
    expect(flushed).toBe(false);
    host.projection.away = false;
    await flush;
    expect(host.projection.shown.get(first?.id ?? '')?.state).not.toBe('running');
    await host.close();
  });

  it('forgets ended instances and their folders beyond the retention', async () => {
    const host = await Host.open({ retention: { ended: 1, failed: 2, seconds: 600 } });
    await host.apply(appOf('/app', { cmd: 'exit 1', backoffSeconds: 0.01, backoffFactor: 1 }));
    await until(async () => (await instancesOf(host.runtime, '/app', 'failed'))[0]?.id.endsWith('.5'));
    const shown = await instancesOf(host.runtime, '/app', 'failed');
    expect(shown.length).toBeLessThanOrEqual(2);
    await host.apply(appOf('/app'), declare([appOf('/app')], { [V1]: 0 }));
    await until(async () => host.projection.shown.size <= 2);
    await host.close();
  });
});
