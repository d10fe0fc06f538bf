import type { Logger } from 'pino';
import type { Admission } from '../admission/admission.js';
import type { Accepted, AdmissionRequest } from '../admission/types.js';
import { TerminalError } from '../errors.js';
import type { PathId } from '../model/app.js';
import type { Outcome } from '../model/deployment.js';
import type { EndedDeployment } from '../store/observer.js';
import type { Metrics } from './metrics.js';

/** Counts and writes down how deployments begin and end in this process. */
export interface DeploymentTelemetry {
  /** The same admission, watched. */
  admission(admission: Admission): Admission;
  ended(deployment: EndedDeployment): void;
}

/** So many apps are named in a line of the log. */
const NAMED = 10;
const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'superseded'] as const satisfies readonly Outcome[];

export function deploymentTelemetry(
  metrics: Metrics,
  log: Pick<Logger, 'info'>,
  environments: readonly string[],
): DeploymentTelemetry {
  const counters = countersOf(metrics, environments);
  const ended = (deployment: EndedDeployment) => tellEnd(counters, log, deployment);
  return {
    ended,
    admission: (admission) => ({
      plan: (request) => admission.plan(request),
      admit: async (request) => {
        try {
          const accepted = await admission.admit(request);
          if (!accepted.repeated) tellAccepted(counters, log, request, accepted);
          if (!accepted.repeated && accepted.plan.steps.length === 0) ended(doneAtOnce(request, accepted));
          return accepted;
        } catch (error) {
          if (error instanceof TerminalError) tellRefused(counters, log, request, error);
          throw error;
        }
      },
    }),
  };
}

type Counters = ReturnType<typeof countersOf>;

function countersOf(metrics: Metrics, environments: readonly string[]) {
  const ended = metrics.counter(
    'slipway_deployments_ended_total',
    'Deployments whose end this process wrote, by outcome',
    'environment',
    'outcome',
  );
  // What is counted from 0 can be seen to grow by its first one.
  for (const environment of environments)
    for (const outcome of OUTCOMES) ended.inc({ environment, outcome }, 0);
  return {
    ended,
    accepted: metrics.counter(
      'slipway_deployments_accepted_total',
      'Deployments that this process accepted, by channel',
      'environment',
      'channel',
    ),
    refused: metrics.counter(
      'slipway_deployments_refused_total',
      'Changes that this process refused, by code',
      'environment',
      'code',
    ),
    seconds: metrics.histogram(
      'slipway_deployment_seconds',
      'From the acceptance of a deployment to its end, waits for people included',
      'release',
      'environment',
      'outcome',
    ),
  };
}

function tellAccepted(
  { accepted }: Counters,
  log: Pick<Logger, 'info'>,
  { environment, change, by, channel, rollbackOf, parent }: AdmissionRequest,
  { deploymentId: deployment, affectedApps, plan }: Accepted,
): void {
  accepted.inc({ environment, channel });
  const about = {
    deployment,
    environment,
    ...named(affectedApps),
    change: change.kind,
    steps: plan.steps.length,
  };
  const others = { ...(rollbackOf && { rollbackOf }), ...(parent && { parent: parent.deployment }) };
  log.info({ ...about, by, channel, ...others }, 'deployment accepted');
}

function tellRefused(
  { refused }: Counters,
  log: Pick<Logger, 'info'>,
  { environment, change, by, channel }: AdmissionRequest,
  { code, extra }: TerminalError,
): void {
  refused.inc({ environment, code });
  const holders = extra.deployments ? { heldBy: extra.deployments } : {};
  log.info({ environment, change: change.kind, by, channel, code, ...holders }, 'change refused');
}

function tellEnd(counters: Counters, log: Pick<Logger, 'info'>, end: EndedDeployment): void {
  const { deployment, environment, outcome, affectedApps, acceptedAt, endedAt } = end;
  const seconds = Math.max(0, Date.parse(endedAt) - Date.parse(acceptedAt)) / 1000;
  counters.ended.inc({ environment, outcome });
  counters.seconds.observe({ environment, outcome }, seconds);
  log.info({ deployment, environment, ...named(affectedApps), outcome, seconds }, 'deployment ended');
}

function doneAtOnce({ environment }: AdmissionRequest, accepted: Accepted): EndedDeployment {
  const { deploymentId: deployment, version, affectedApps } = accepted;
  const times = { acceptedAt: version, endedAt: version };
  return { deployment, environment, outcome: 'succeeded', affectedApps, ...times };
}

/** One app by `app`, several by `apps`. */
function named(apps: readonly PathId[]): { app?: PathId; apps?: PathId[] } {
  const [app] = apps;
  if (app === undefined) return {};
  return apps.length === 1 ? { app } : { apps: apps.slice(0, NAMED) };
}
