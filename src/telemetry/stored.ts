import type { Gauge } from 'prom-client';
import { pendingFigures } from '../admission/dispatch-rows.js';
import { storedFigures } from '../store/figures.js';
import type { Store } from '../store/store.js';
import type { Metrics } from './metrics.js';

/** What the database holds, of all environments: every process that shows it shows the same. */
export function showStored(metrics: Metrics, store: Store, environments: readonly string[]): void {
  showApps(metrics, store, environments);
  showDispatch(metrics, store, environments);
}

function showApps(metrics: Metrics, store: Store, environments: readonly string[]): void {
  const apps = metrics.gauge('slipway_apps', 'Apps', 'environment');
  const groups = metrics.gauge('slipway_groups', 'Groups', 'environment');
  const active = metrics.gauge(
    'slipway_deployments_active',
    'Deployments that have not ended',
    'environment',
  );
  const live = liveGauges(metrics);
  const instances = metrics.gauge(
    'slipway_instances',
    'Instances that are alive, by state, as the database has them',
    'environment',
    'state',
  );
  const agents = metrics.gauge(
    'slipway_agent_seen_seconds',
    "Since the environment's agent was seen last",
    'environment',
  );
  metrics.onRead([apps, groups, active, live.count, live.oldest, instances, agents], async () => {
    const figures = await storedFigures(store.db);
    return () => {
      for (const gauge of [apps, groups, active]) atLeast(gauge, environments);
      for (const { environment, count } of figures.apps) apps.set({ environment }, count);
      for (const { environment, count } of figures.groups) groups.set({ environment }, count);
      for (const { environment, state, gate, count, oldestSeconds } of figures.deployments) {
        active.inc({ environment }, count);
        live.count.set({ environment, state, gate }, count);
        live.oldest.set({ environment, state, gate }, oldestSeconds);
      }
      for (const { environment, state, count } of figures.instances)
        instances.set({ environment, state }, count);
      for (const { environment, seenSeconds } of figures.agents) agents.set({ environment }, seenSeconds);
    };
  });
}

function liveGauges(metrics: Metrics) {
  const labels = ['environment', 'state', 'gate'] as const;
  return {
    count: metrics.gauge(
      'slipway_deployments',
      'Deployments that have not ended, by state and by the kind of the gate that holds them',
      ...labels,
    ),
    oldest: metrics.gauge(
      'slipway_deployments_oldest_seconds',
      'Of these, how long the oldest is there: at its gate, or else since it began, or was accepted',
      ...labels,
    ),
  };
}

function showDispatch(metrics: Metrics, store: Store, environments: readonly string[]): void {
  const pending = metrics.gauge(
    'slipway_dispatch_pending',
    'Accepted deployments without a workflow although it is their turn',
    'environment',
  );
  const oldest = metrics.gauge(
    'slipway_dispatch_oldest_seconds',
    'Since the oldest of these was accepted',
    'environment',
  );
  metrics.onRead([pending, oldest], async () => {
    const figures = await pendingFigures(store);
    return () => {
      for (const gauge of [pending, oldest]) atLeast(gauge, environments);
      for (const { environment, count, oldestSeconds } of figures) {
        pending.set({ environment }, count);
        oldest.set({ environment }, oldestSeconds);
      }
    };
  });
}

/** Nothing is 0, not absent: an alert needs a series to look at. */
function atLeast(gauge: Gauge<'environment'>, environments: readonly string[]): void {
  for (const environment of environments) gauge.set({ environment }, 0);
}
