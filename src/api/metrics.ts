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

/** Metrics of one server; nothing is shared between servers of one process. */
export interface Metrics {
  count: RequestHandler;
  prometheus(): Promise<string>;
  /** The form of Marathon's `/metrics`. */
  json(): Promise<object>;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(version: string, figures: () => Promise<Figures>): Metrics {
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
    json: async () => marathonForm(version, await figures(), await requests.get()),
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
function addFigures(registry: Registry): (figures: Figures) => void {
  const registers = [registry];
  const apps = new Gauge({ name: 'slipway_apps', help: 'Apps', registers });
  const groups = new Gauge({ name: 'slipway_groups', help: 'Groups', registers });
  const active = new Gauge({
    name: 'slipway_deployments_active',
    help: 'Deployments that have not ended',
    registers,
  });
  const instances = new Gauge({
    name: 'slipway_instances',
    help: 'Instances that are alive, by state',
    labelNames: ['state'],
    registers,
  });
  return (now) => {
    apps.set(now.apps);
    groups.set(now.groups);
    active.set(now.activeDeployments);
    for (const [state, count] of Object.entries(now.instances)) instances.set({ state }, count);
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
