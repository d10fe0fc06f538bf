import type { RequestHandler } from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Figures that are read from the database when somebody asks. */
export interface Figures {
  apps: number;
  groups: number;
  activeDeployments: number;
  /** Instances that are alive, by state. */
  instances: Record<string, number>;
}

const NONE: Figures = { apps: 0, groups: 0, activeDeployments: 0, instances: {} };

/** Metrics of one server; nothing is shared between servers of one process. */
export interface Metrics {
  count: RequestHandler;
  prometheus(): Promise<string>;
  /** The form of Marathon's `/metrics`: of one environment. */
  json(environment: string): Promise<object>;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Figures are by environment. */
export function createMetrics(version: string, figures: () => Promise<Map<string, Figures>>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'slipway_http_requests_total',
    help: 'HTTP requests by method and status',
    labelNames: ['method', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'slipway_http_request_seconds',
    help: 'Time until an HTTP answer was complete; streams are left out',
    buckets: SECONDS,
    registers,
  });
  const set = addFigures(registry);
  return {
    count: counting(requests, latency),
    prometheus: async () => {
      set(await figures());
      return registry.metrics();
    },
    json: async (environment) =>
      marathonForm(version, (await figures()).get(environment) ?? NONE, await requests.get()),
  };
}

function counting(requests: Counter<'method' | 'status'>, latency: Histogram): RequestHandler {
  return (req, res, next) => {
    const began = performance.now();
    res.on('finish', () => {
      requests.inc({ method: req.method, status: String(res.statusCode) });
      if (!res.locals.stream) latency.observe((performance.now() - began) / 1000);
    });
    next();
  };
}

/** Gauges of what is in the database; the returned function sets them. */
function addFigures(registry: Registry): (figures: Map<string, Figures>) => void {
  const gauge = <Label extends string>(name: string, help: string, ...labels: Label[]) =>
    new Gauge({ name, help, labelNames: ['environment', ...labels], registers: [registry] });
  const apps = gauge('slipway_apps', 'Apps');
  const groups = gauge('slipway_groups', 'Groups');
  const active = gauge('slipway_deployments_active', 'Deployments that have not ended');
  const instances = gauge('slipway_instances', 'Instances that are alive, by state', 'state');
  return (figures) => {
    for (const [environment, now] of figures) {
      apps.set({ environment }, now.apps);
      groups.set({ environment }, now.groups);
      active.set({ environment }, now.activeDeployments);
      for (const [state, count] of Object.entries(now.instances))
        instances.set({ environment, state }, count);
    }
  };
}

type Counted = Awaited<ReturnType<Counter['get']>>;

function marathonForm(version: string, figures: Figures, requests: Counted): object {
  const total = requests.values.reduce((sum, { value }) => sum + value, 0);
  return {
    version,
    counters: { 'marathon.http.requests.counter': { count: total } },
    gauges: {
      'marathon.apps.active.gauge': { value: figures.apps },
      'marathon.groups.active.gauge': { value: figures.groups },
      'marathon.deployments.active.gauge': { value: figures.activeDeployments },
      'marathon.instances.running.gauge': { value: figures.instances.running ?? 0 },
      'marathon.instances.staged.gauge': { value: figures.instances.staging ?? 0 },
    },
    meters: {},
    histograms: {},
    timers: {},
  };
}
