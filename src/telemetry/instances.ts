import type { KillOrder } from '../runtimes/supervisor/driver.js';
import type { Log } from '../runtimes/supervisor/log.js';
import type { SupervisorFigures, SupervisorObserver } from '../runtimes/supervisor/observer.js';
import type { Metrics } from './metrics.js';

/** What becomes of the instances that this process runs. */
export interface InstanceTelemetry {
  /** Counts and writes down what happens in an environment; `log` says which. */
  observer(environment: string, log: Log): SupervisorObserver;
  /** Shows what is there, from now on, when somebody asks. */
  show(environment: string, figures: () => SupervisorFigures): void;
}

export function instanceTelemetry(metrics: Metrics): InstanceTelemetry {
  const counters = countersOf(metrics);
  return {
    observer: (environment, log) => observerOf(counters, environment, log),
    show: showing(metrics),
  };
}

type Counters = ReturnType<typeof countersOf>;

function countersOf(metrics: Metrics) {
  return {
    launches: metrics.counter(
      'slipway_instance_launches_total',
      'Instances that were started',
      'environment',
    ),
    ready: metrics.histogram(
      'slipway_instance_ready_seconds',
      'From the launch of an instance until it was ready for the first time',
      'work',
      'environment',
    ),
    kills: metrics.counter(
      'slipway_instance_kills_total',
      'Instances that were told to end: unhealthy (a check failed too often), unwanted (by the declaration), requested',
      'environment',
      'reason',
    ),
    ends: metrics.counter(
      'slipway_instance_ends_total',
      'Instances that ended: killed (by us), failed or finished (by themselves)',
      'environment',
      'state',
    ),
    backoffs: metrics.counter(
      'slipway_instance_backoffs_total',
      'Launches that were put off after an instance ended by itself',
      'environment',
    ),
    checks: metrics.counter(
      'slipway_checks_total',
      'Health and readiness checks that were put to instances, by their result',
      'environment',
      'protocol',
      'result',
    ),
    checkSeconds: metrics.histogram(
      'slipway_check_seconds',
      'Until the answer to a check, or until it was given up',
      'call',
      'environment',
      'protocol',
    ),
  };
}

function observerOf(counters: Counters, environment: string, log: Log): SupervisorObserver {
  return {
    launched: ({ id: instance, app, version }) => {
      counters.launches.inc({ environment });
      log.debug({ app, instance, version }, 'an instance is started');
    },
    ready: ({ id: instance, app }, ms) => {
      counters.ready.observe({ environment }, ms / 1000);
      log.info({ app, instance, ms }, 'an instance is ready');
    },
    killed: ({ id: instance, app }, order) => {
      const reason = kindOf(order);
      counters.kills.inc({ environment, reason });
      log.debug({ app, instance, reason }, 'an instance is told to end');
    },
    // Not why: that has the last words of the program in it, which may be anything, secrets too.
    ended: ({ id: instance, app }, { state, exitStatus }) => {
      counters.ends.inc({ environment, state });
      log.info({ app, instance, state, exitStatus }, 'an instance ended');
    },
    backedOff: ({ app, version }, ms) => {
      counters.backoffs.inc({ environment });
      log.debug({ app, version, ms }, 'the next instance waits');
    },
    checked: (protocol, ok, ms) => {
      counters.checks.inc({ environment, protocol, result: ok ? 'passed' : 'failed' });
      counters.checkSeconds.observe({ environment, protocol }, ms / 1000);
    },
  };
}

function kindOf({ unhealthy, decommission }: KillOrder): 'unhealthy' | 'unwanted' | 'requested' {
  if (unhealthy) return 'unhealthy';
  return decommission ? 'unwanted' : 'requested';
}

function showing(metrics: Metrics): InstanceTelemetry['show'] {
  const instances = metrics.gauge(
    'slipway_supervised_instances',
    'Instances under this supervisor that are alive, by state',
    'environment',
    'state',
  );
  const ready = metrics.gauge(
    'slipway_supervised_instances_ready',
    'Of these, those that are ready',
    'environment',
  );
  const waiting = metrics.gauge(
    'slipway_supervised_instances_waiting',
    'Instances that are wanted and cannot be launched now, by reason',
    'environment',
    'reason',
  );
  const unwritten = metrics.gauge(
    'slipway_projector_pending',
    'Changes of instances that the database has not got yet',
    'environment',
  );
  const oldest = metrics.gauge(
    'slipway_projector_oldest_seconds',
    'How long the oldest of these waits to be written',
    'environment',
  );
  const reasons = ['backoff', 'resources', 'constraint'] as const;
  const shown = new Map<string, () => SupervisorFigures>();
  metrics.onRead([instances, ready, waiting, unwritten, oldest], async () => () => {
    for (const [environment, figures] of shown) {
      const now = figures();
      for (const state of ['staging', 'running', 'killing'] as const)
        instances.set({ environment, state }, now[state]);
      ready.set({ environment }, now.ready);
      for (const reason of reasons) waiting.set({ environment, reason }, now.waiting.get(reason) ?? 0);
      unwritten.set({ environment }, now.unwritten);
      oldest.set({ environment }, now.unwrittenSeconds);
    }
  });
  return (environment, figures) => void shown.set(environment, figures);
}
