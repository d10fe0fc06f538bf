import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connectTemporal } from '../../src/temporal/connection.js';
import { CONTROL_QUEUE } from '../../workflows/queues.js';
import { Exposition } from '../helpers/exposition.js';
import { readQuery } from '../helpers/promql.js';
import { SERVER, ServiceProcess } from '../helpers/service-process.js';
import { until } from '../helpers/until.js';

interface Panel {
  id: number;
  title: string;
  type: string;
  targets?: { expr: string; legendFormat: string }[];
}
interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const dashboard = JSON.parse(await readFile(root('deploy/grafana/slipway.json'), 'utf8')) as {
  panels: Panel[];
};
const rules = (
  parse(await readFile(root('deploy/prometheus/alerts.yml'), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const QUERIES = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];

/** Prometheus itself adds these when it asks a process. */
const ADDED = ['instance', 'job'];
/** Without series where everything is one process; test/production/telemetry.test.ts sees them. */
const ELSEWHERE: Record<string, string[]> = { slipway_agent_seen_seconds: ['environment'] };

describe('the dashboard and the alert rules', () => {
  let service: ServiceProcess;
  let shown: Exposition;
  beforeAll(async () => {
    service = await ServiceProcess.start();
    await happen(service);
    shown = await settled(service);
  });
  afterAll(() => service?.dispose());

  /** Names of the labels of a metric, as its series show them. */
  function labelsOf(metric: string): Set<string> {
    const series = shown.samples.filter(({ name }) => name === metric);
    const names =
      series.length > 0 ? series.flatMap(({ labels }) => Object.keys(labels)) : (ELSEWHERE[metric] ?? []);
    return new Set([...names, ...ADDED]);
  }

  test.each(QUERIES)('%s asks for metrics and labels that the service has: %s', (_where, expr) => {
    const { metrics, labels } = readQuery(expr);
    expect(metrics.length).toBeGreaterThan(0);
    const missing = metrics.filter((metric) => !exists(shown, metric));
    expect(missing, 'metrics that nothing exposes').toEqual([]);
    const unknown = labels.flatMap(({ label, metrics: of }) =>
      of.some((metric) => labelsOf(metric).has(label)) ? [] : `${label} of ${of}`,
    );
    expect(unknown, 'labels that these metrics have not').toEqual([]);
    const values = labels.flatMap(({ label, metrics: of, value }) =>
      value === undefined || of.some((metric) => shown.value(metric, { [label]: value }) !== undefined)
        ? []
        : `${label}="${value}"`,
    );
    expect(values, 'values that no series has').toEqual([]);
  });

  test('what a legend or an annotation shows is left by its query', () => {
    const used = [
      ...dashboard.panels.flatMap(({ targets = [] }) =>
        targets.map(({ expr, legendFormat }) => ({ expr, text: legendFormat, pattern: /\{\{(\w+)\}\}/g })),
      ),
      ...rules.map(({ expr, annotations }) => ({
        expr,
        text: Object.values(annotations).join(' '),
        pattern: /\{\{ \$labels\.(\w+) \}\}/g,
      })),
    ];
    const lost = used.flatMap(({ expr, text, pattern }) => {
      const { grouping, metrics } = readQuery(expr);
      const left = new Set([
        ...grouping,
        ...(grouping.length === 0 ? metrics.flatMap((metric) => [...labelsOf(metric)]) : ADDED),
      ]);
      return [...text.matchAll(pattern)].flatMap(([, label = '']) =>
        left.has(label) ? [] : `${label} in ${expr}`,
      );
    });
    expect(lost).toEqual([]);
  });

  test('docs/operating.md names every metric of ours, and none that there is not', async () => {
    const page = await readFile(root('docs/operating.md'), 'utf8');
    const named = new Set([...page.matchAll(/`(slipway_\w+)/g)].map(([, name = '']) => name));
    const ours = [...shown.families.keys()].filter((name) => name.startsWith('slipway_'));
    expect([...named].sort()).toEqual(ours.sort());
  });

  test('prometheus.yml asks where the processes answer, and knows the rules', async () => {
    const file = parse(await readFile(root('deploy/prometheus/prometheus.yml'), 'utf8'));
    expect(file.rule_files).toEqual(['alerts.yml']);
    const [api, others] = file.scrape_configs;
    expect((await fetch(service.api + api.metrics_path)).status).toBe(200);
    expect(others.metrics_path, 'test/production/telemetry.test.ts asks there').toBe('/metrics');
    const { services } = parse(await readFile(root('docker-compose.yml'), 'utf8'), { merge: true });
    const names = [...api.static_configs, ...others.static_configs].flatMap(({ targets }) => targets);
    for (const target of names) expect(services).toHaveProperty([String(target).split(':')[0] ?? '']);
  });

  test('a query of something that there is not would be found', () => {
    expect(exists(shown, 'slipway_deployment')).toBe(false);
    expect(exists(shown, 'slipway_deployment_seconds_total')).toBe(false);
    expect(labelsOf('slipway_deployments').has('app')).toBe(false);
    expect(() => readQuery('sum(rate(slipway_apps[5m])')).toThrow('cannot be read');
  });

  test('panels have ids and titles of their own, alerts a name, a severity and what to do', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const titles = dashboard.panels.filter(({ type }) => type !== 'row').map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(['page', 'ticket'], alert).toContain(labels.severity);
      expect(annotations, alert).toMatchObject({
        summary: expect.any(String),
        description: expect.any(String),
      });
    }
  });
});

/** A series of that name, or one that its family may have. */
function exists({ samples, families }: Exposition, metric: string): boolean {
  if (samples.some(({ name }) => name === metric)) return true;
  const family = metric.replace(/_(bucket|sum|count)$/, '');
  return families.has(metric) || (family !== metric && families.get(family) === 'histogram');
}

const small = { cpus: 0.05, mem: 16 };

/** Everything that an operator may see once: what succeeds, what is held, waits, crashes, is refused, does not fit. */
async function happen(service: ServiceProcess): Promise<void> {
  const web = {
    id: '/group/web',
    cmd: `exec node ${SERVER} --name web --port $PORT0`,
    ...small,
    mem: 32,
    fetch: [{ uri: `file://${SERVER}`, extract: false }],
    portDefinitions: [{ port: 0, name: 'http' }],
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1, gracePeriodSeconds: 30 }],
  };
  await service.ended(await service.change('POST', '/v2/apps', web));
  const held = await service.change('POST', '/v2/apps', { id: '/held', cmd: 'exit 1', ...small });
  await service.change('POST', '/v2/apps', { id: '/large', cmd: 'sleep 1000', cpus: 0.01, mem: 100_000_000 });
  const command = { value: 'exit 1' };
  const check = {
    protocol: 'COMMAND',
    command,
    gracePeriodSeconds: 0,
    intervalSeconds: 1,
    maxConsecutiveFailures: 1,
  };
  await service.change('POST', '/v2/apps', {
    id: '/sick',
    cmd: 'sleep 1000',
    ...small,
    healthChecks: [check],
  });
  await service.call('PUT', '/v2/apps//held', { cmd: 'exit 2' });
  const approval = { required: 1, from: ['eva'] };
  await service.call('POST', '/api/deployments', {
    change: { app: { id: '/late', cmd: 'sleep 1000', ...small } },
    approval,
  });
  await until(async () => (await service.deployment(held)).state === 'held', { what: 'the hold' });
  await confuse(service.temporalAddress);
}

/** A workflow whose task fails, as after a wrong upgrade. */
async function confuse(address: string): Promise<void> {
  const temporal = await connectTemporal({ address });
  const options = { workflowId: 'confused', taskQueue: CONTROL_QUEUE, args: [{ id: 'confused' }] };
  await temporal.client.workflow.start('deployment', options);
  await temporal.close();
}

/** What the service tells once all of that can be seen. */
function settled(service: ServiceProcess): Promise<Exposition> {
  const look = async () => {
    const shown = new Exposition(await (await fetch(`${service.api}/metrics/prometheus`)).text());
    const isThere = [
      shown.value('slipway_instance_kills_total', { reason: 'unhealthy' }),
      shown.value('slipway_supervised_instances_waiting', { reason: 'resources' }),
      shown.value('temporal_workflow_task_execution_failed_total'),
      shown.value('slipway_deployments', { state: 'held' }),
      shown.value('slipway_deployments', { gate: 'approval' }),
      shown.value('slipway_deployments', { state: 'running' }),
    ].every((value) => value !== undefined && value > 0);
    return isThere ? shown : undefined;
  };
  return until(look, { timeoutMs: 60_000, what: 'everything to be seen' });
}
