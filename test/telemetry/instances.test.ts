import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceTelemetry } from '../../src/telemetry/instances.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Exposition } from '../helpers/exposition.js';
import { until } from '../helpers/until.js';
import {
  appOf,
  declare,
  Host,
  HTTP_CHECK,
  PORT,
  quietLog,
  readyInstances,
  SERVER,
  V1,
} from '../runtimes/support.js';

describe('instances of a process', () => {
  const metrics = new Metrics();
  const lines: { level: string; fields: object; message: string }[] = [];
  let host: Host;
  beforeAll(async () => {
    const telemetry = instanceTelemetry(metrics);
    host = await Host.open({ observer: telemetry.observer('here', quietLog(lines)) });
    telemetry.show('here', () => host.runtime.figures());
  });
  afterAll(() => host?.close());

  const value = async (name: string, labels: Record<string, string> = {}) =>
    new Exposition(await metrics.text()).value(name, { environment: 'here', ...labels }) ?? 0;
  const told = (message: string, app: string) =>
    lines.filter((line) => line.message === message && (line.fields as { app: string }).app === app);

  it('are counted as they start, get ready, and are told to end', async () => {
    const app = appOf('/web', {
      cmd: `exec node ${SERVER} --name web --port $PORT0`,
      instances: 2,
      portDefinitions: [PORT],
      healthChecks: [HTTP_CHECK],
    });
    await host.apply(app);
    const [first] = await readyInstances(host.runtime, '/web', 2);
    expect(await value('slipway_instance_launches_total')).toBe(2);
    expect(await value('slipway_instance_ready_seconds_count')).toBe(2);
    expect(await value('slipway_supervised_instances', { state: 'running' })).toBe(2);
    expect(await value('slipway_supervised_instances_ready')).toBe(2);
    expect(
      await value('slipway_checks_total', { protocol: 'HTTP', result: 'passed' }),
    ).toBeGreaterThanOrEqual(2);
    expect(await value('slipway_check_seconds_count', { protocol: 'HTTP' })).toBeGreaterThanOrEqual(2);
    expect(told('an instance is ready', '/web')).toHaveLength(2);

    await host.runtime.kill([first?.id ?? '']);
    await until(async () => (await value('slipway_instance_ends_total', { state: 'killed' })) === 1);
    expect(await value('slipway_instance_kills_total', { reason: 'requested' })).toBe(1);
    await readyInstances(host.runtime, '/web', 2);
    await host.apply(app, declare([app], { [V1]: 1 }));
    await until(async () => (await value('slipway_instance_kills_total', { reason: 'unwanted' })) === 1);
    await until(() => told('an instance ended', '/web').length === 2, { what: 'the second end' });
    expect(await value('slipway_supervised_instances', { state: 'running' })).toBe(1);
  });

  it('that end by themselves are failures, and the next one waits', async () => {
    await host.apply(
      appOf('/crash', {
        cmd: 'echo $PASSWORD >&2; exit 3',
        env: { PASSWORD: 'hunter2' },
        backoffSeconds: 60,
      }),
    );
    await until(async () => (await value('slipway_instance_ends_total', { state: 'failed' })) === 1);
    expect(await value('slipway_instance_backoffs_total')).toBe(1);
    const waiting = () => value('slipway_supervised_instances_waiting', { reason: 'backoff' });
    await until(async () => (await waiting()) === 1, { what: 'one that waits' });
    const [end] = told('an instance ended', '/crash');
    expect(end).toMatchObject({ level: 'info', fields: { state: 'failed', exitStatus: 3 } });
    expect(JSON.stringify(lines), 'the last words of a program may be a secret').not.toContain('hunter2');
  });

  it('whose check fails too often are counted as unhealthy', async () => {
    const check = { ...HTTP_CHECK, gracePeriodSeconds: 0, maxConsecutiveFailures: 1 };
    await host.apply(
      appOf('/sick', { cmd: 'exec sleep 1000', portDefinitions: [PORT], healthChecks: [check] }),
    );
    await until(async () => (await value('slipway_instance_kills_total', { reason: 'unhealthy' })) >= 1);
    expect(await value('slipway_checks_total', { result: 'failed' })).toBeGreaterThanOrEqual(2);
    await host.apply(appOf('/sick'), { ...declare([], {}), removed: true });
  });

  it('while the database is away, what it has not got grows, and its age', async () => {
    await until(async () => (await value('slipway_projector_pending')) === 0);
    host.projection.away = true;
    await host.apply(appOf('/late'));
    await until(async () => (await value('slipway_projector_oldest_seconds')) > 0.3, {
      what: 'an old change',
    });
    expect(await value('slipway_projector_pending')).toBeGreaterThan(0);
    host.projection.away = false;
    await until(async () => (await value('slipway_projector_pending')) === 0, {
      what: 'the writing of it all',
    });
    expect(await value('slipway_projector_oldest_seconds')).toBe(0);
  });
});
