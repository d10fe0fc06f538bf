import type { RequestHandler } from 'express';
import { type StoredFigures, storedFigures } from '../store/figures.js';
import type { Store } from '../store/store.js';
import type { Metrics } from '../telemetry/metrics.js';
import { showStored } from '../telemetry/stored.js';
import { countRequests } from './http/count.js';

/** How a server counts, and what it tells of itself. */
export interface ApiMetrics {
  count: RequestHandler;
  /** All of this process, in Prometheus' form. */
  prometheus(): Promise<string>;
  /** The form of Marathon's `/metrics`: of one environment. */
  json(environment: string): Promise<object>;
}

interface Server {
  version: string;
  store: Store;
  environments: readonly string[];
}

export function createMetrics(metrics: Metrics, { version, store, environments }: Server): ApiMetrics {
  const requests = countRequests(metrics);
  showStored(metrics, store, environments);
  return {
    count: requests.handle,
    prometheus: () => metrics.text(),
    json: async (environment) => {
      const figures = await storedFigures(store.db);
      return marathonForm(version, figuresOf(figures, environment), await requests.total());
    },
  };
}

interface Figures {
  apps: number;
  groups: number;
  deployments: number;
  running: number;
  staged: number;
}

function figuresOf(figures: StoredFigures, environment: string): Figures {
  const sum = <T extends { environment: string; count: number }>(all: T[], counts = (_one: T) => true) =>
    all.reduce((total, one) => total + (one.environment === environment && counts(one) ? one.count : 0), 0);
  return {
    apps: sum(figures.apps),
    groups: sum(figures.groups),
    deployments: sum(figures.deployments),
    running: sum(figures.instances, ({ state }) => state === 'running'),
    staged: sum(figures.instances, ({ state }) => state === 'staging'),
  };
}

function marathonForm(version: string, figures: Figures, requests: number): object {
  return {
    version,
    counters: { 'marathon.http.requests.counter': { count: requests } },
    gauges: {
      'marathon.apps.active.gauge': { value: figures.apps },
      'marathon.groups.active.gauge': { value: figures.groups },
      'marathon.deployments.active.gauge': { value: figures.deployments },
      'marathon.instances.running.gauge': { value: figures.running },
      'marathon.instances.staged.gauge': { value: figures.staged },
    },
    meters: {},
    histograms: {},
    timers: {},
  };
}
