import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/model/app.js';
import { until } from '../helpers/until.js';
import {
  appOf,
  declare,
  FENCE,
  Host,
  HTTP_CHECK,
  instancesOf,
  PORT,
  readyInstances,
  SERVER,
  V1,
} from './support.js';

const server = (options = '') => `exec node ${SERVER} --name app --port $PORT0 ${options}`;

function checked(checks: Partial<App['healthChecks'][number]>[], changes: Partial<App> = {}): App {
  const healthChecks = checks.map((check) => ({ ...HTTP_CHECK, ...check }));
  return appOf('/app', { cmd: server(), portDefinitions: [PORT], healthChecks, ...changes });
}

describe('checked instances', () => {
  let host: Host;
  beforeEach(async () => {
    host = await Host.open();
  });
  afterEach(() => host.close());

  const running = async () => (await instancesOf(host.runtime, '/app', 'running'))[0];

  it('are ready when every check passed, and say until then why not', async () => {
    await host.apply(checked([{}, { protocol: 'TCP' }], { cmd: server('--ready-after 400') }));
    const waiting = await until(async () => {
      const one = await running();
      return one?.message?.includes('503') ? one : undefined;
    });
    expect(waiting).toMatchObject({ ready: false, healthy: false });
    expect(waiting.message).toBe(`not ready: http port ${waiting.ports[0]} /health answered with status 503`);
    const [ready] = await readyInstances(host.runtime, '/app', 1);
    expect(ready).toMatchObject({ healthy: true, healthCheckResults: [{ alive: true }, { alive: true }] });
    expect(ready?.message).toBeUndefined();
  });

  it('stay ready where a later declaration asks for more seconds', async () => {
    const app = checked([{}]);
    await host.runtime.apply(app, declare([app], { [V1]: 2 }), FENCE);
    await readyInstances(host.runtime, '/app', 2);
    await host.runtime.apply(app, declare([app], { [V1]: 2 }, { minReadySeconds: 60 }), FENCE);
    const { instances } = await host.runtime.observe('/app');
    expect(instances.map(({ ready }) => ready)).toEqual([true, true]);
  });

  it('wait for minReadySeconds after their checks passed', async () => {
    const app = checked([{}]);
    await host.runtime.apply(app, declare([app], { [V1]: 1 }, { minReadySeconds: 0.5 }), FENCE);
    const passing = await until(async () => ((await running())?.healthy ? running() : undefined));
    expect(passing.ready).toBe(false);
    expect(passing.message).toContain('minReadySeconds');
    const began = Date.now();
    await readyInstances(host.runtime, '/app', 1);
    expect(Date.now() - began).toBeGreaterThan(300);
  });

  it('are killed and replaced when a check fails too often, with a reason and events', async () => {
    const check = { protocol: 'COMMAND' as const, command: 'test -e good', maxConsecutiveFailures: 2 };
    const cmd = 'touch good; exec sleep 1000';
    await host.apply(checked([check], { cmd, backoffSeconds: 60 }));
    const [first] = await readyInstances(host.runtime, '/app', 1);
    if (first === undefined) throw new Error('no instance');
    await rm(`${host.dir(first)}/sandbox/good`);
    const killed = await until(async () => (await instancesOf(host.runtime, '/app', 'killed'))[0]);
    expect(killed.id).toBe(first.id);
    expect(killed.message).toContain("failed 3 times in a row: command 'test -e good' ended with status 1");
    const [next] = await readyInstances(host.runtime, '/app', 1);
    expect(next?.id).toBe(first.id.replace(/1$/, '2'));
    await host.runtime.flush();
    const types = host.projection.events.map(({ eventType }) => eventType);
    expect(types.filter((type) => type === 'failed_health_check_event')).toHaveLength(3);
    expect(types.filter((type) => type === 'unhealthy_instance_kill_event')).toHaveLength(1);
    expect(types.filter((type) => type === 'health_status_changed_event')).toHaveLength(3);
    expect((await host.runtime.observe('/app')).lastFailure?.instance).toBe(first.id);
  });

  it('stay for good where no number of failures is too many', async () => {
    const check = { gracePeriodSeconds: 0, intervalSeconds: 0.05, maxConsecutiveFailures: 0 };
    await host.apply(checked([check], { cmd: server('--unhealthy') }));
    const one = await until(async () => {
      const [result] = (await running())?.healthCheckResults ?? [];
      return (result?.consecutiveFailures ?? 0) > 5 ? running() : undefined;
    });
    expect(one).toMatchObject({ ready: false, healthy: false });
    expect(await instancesOf(host.runtime, '/app')).toHaveLength(1);
  });

  it('run commands in their sandbox with their environment', async () => {
    const command = 'test "$PWD" = "$MESOS_SANDBOX" && test "$MARATHON_APP_ID" = /app';
    await host.apply(checked([{ protocol: 'COMMAND', command }]));
    await readyInstances(host.runtime, '/app', 1);
  });

  it('are ready when the readiness check passed once', async () => {
    const readiness = {
      name: 'readinessCheck',
      protocol: 'HTTP' as const,
      path: '/health',
      portName: 'http-api',
      intervalSeconds: 0.1,
      timeoutSeconds: 1,
      httpStatusCodesForReady: [200],
      preserveLastResponse: true,
    };
    const app = checked([], {
      cmd: server('--ready-after 300'),
      portDefinitions: [{ ...PORT, name: 'http-api' }],
      readinessChecks: [readiness],
    });
    await host.apply(app);
    const waiting = await until(async () =>
      (await running())?.readinessResults[0]?.lastResponse ? running() : undefined,
    );
    expect(waiting).toMatchObject({
      ready: false,
      healthy: null,
      readinessResults: [{ ready: false, lastResponse: { status: 503, body: 'not healthy\n' } }],
    });
    expect(waiting.message).toContain("readiness check 'readinessCheck'");
    const [ready] = await readyInstances(host.runtime, '/app', 1);
    expect(ready?.readinessResults).toMatchObject([{ name: 'readinessCheck', ready: true }]);
  });

  it('take over new checks without being restarted', async () => {
    const good = checked([{}]);
    await host.apply(good);
    const [first] = await readyInstances(host.runtime, '/app', 1);
    const other = checked([{ protocol: 'COMMAND', command: 'test -e wanted' }]);
    await host.apply(other);
    const unready = await until(async () => ((await running())?.ready === false ? running() : undefined));
    expect(unready.id).toBe(first?.id);
    await writeFile(`${host.dir(unready)}/sandbox/wanted`, '');
    expect((await readyInstances(host.runtime, '/app', 1))[0]?.id).toBe(first?.id);
  });

  it('end well: the program finishes and says 0', async () => {
    await host.apply(checked([{}]));
    const [instance] = await readyInstances(host.runtime, '/app', 1);
    await host.runtime.kill([instance?.id ?? '']);
    const killed = await until(async () => (await instancesOf(host.runtime, '/app', 'killed'))[0]);
    expect(killed).toMatchObject({
      exitStatus: 0,
      message: 'was ended: killed on request; exited with status 0',
    });
  });
});
