import type { HealthCheck, PathId, Timestamp } from '../../model/app.js';
import type { EventRecord } from '../../model/event.js';
import type { Instance } from '../../model/instance.js';
import { healthCheckJson } from './health-checks.js';
import { agentId, instanceIdOf, ipAddresses, TASK_STATES } from './tasks.js';

/** What the events tell of an instance. */
type Told = Pick<Instance, 'id' | 'app' | 'version' | 'state' | 'host' | 'ports'>;

/** A task changed its state; marathon-lb reads all apps anew at each. */
export function statusUpdateEvent(instance: Told, at: Timestamp, message = ''): EventRecord {
  return {
    eventType: 'status_update_event',
    timestamp: at,
    slaveId: agentId(instance.host),
    taskId: instance.id,
    taskStatus: TASK_STATES[instance.state],
    message,
    appId: instance.app,
    host: instance.host,
    ipAddresses: ipAddresses(instance.host),
    ports: instance.ports,
    version: instance.version,
  };
}

/** `condition` is the state with a capital letter: `Staging`, `Running` … */
export function instanceChangedEvent(instance: Told, at: Timestamp): EventRecord {
  return {
    eventType: 'instance_changed_event',
    timestamp: at,
    instanceId: instanceIdOf(instance.id),
    condition: instance.state.charAt(0).toUpperCase() + instance.state.slice(1),
    runSpecId: instance.app,
    agentId: agentId(instance.host),
    host: instance.host,
    runSpecVersion: instance.version,
  };
}

/** One task is alive or not by its health checks. */
export function healthStatusChangedEvent(instance: Told, alive: boolean, at: Timestamp): EventRecord {
  return {
    eventType: 'health_status_changed_event',
    timestamp: at,
    appId: instance.app,
    taskId: instance.id,
    instanceId: instanceIdOf(instance.id),
    version: instance.version,
    alive,
  };
}

/** `healthy` is null while no result is known. */
export function instanceHealthChangedEvent(
  instance: Told & Pick<Instance, 'healthy'>,
  at: Timestamp,
): EventRecord {
  return {
    eventType: 'instance_health_changed_event',
    timestamp: at,
    instanceId: instanceIdOf(instance.id),
    runSpecId: instance.app,
    healthy: instance.healthy,
    runSpecVersion: instance.version,
  };
}

export function failedHealthCheckEvent(instance: Told, check: HealthCheck, at: Timestamp): EventRecord {
  return {
    eventType: 'failed_health_check_event',
    timestamp: at,
    appId: instance.app,
    taskId: instance.id,
    instanceId: instanceIdOf(instance.id),
    healthCheck: healthCheckJson(check),
  };
}

/** Told before an instance is killed because its check failed too often. */
export function unhealthyInstanceKillEvent(instance: Told, reason: string, at: Timestamp): EventRecord {
  return {
    eventType: 'unhealthy_instance_kill_event',
    timestamp: at,
    appId: instance.app,
    taskId: instance.id,
    instanceId: instanceIdOf(instance.id),
    version: instance.version,
    reason,
    host: instance.host,
    slaveId: agentId(instance.host),
  };
}

/** The app was stopped and none of its instances is left. */
export function appTerminatedEvent(app: PathId, at: Timestamp): EventRecord {
  return { eventType: 'app_terminated_event', timestamp: at, appId: app };
}

export function apiPostEvent(
  origin: { clientIp: string; uri: string; appDefinition?: unknown },
  at: Timestamp,
): EventRecord {
  const { clientIp, uri, appDefinition } = origin;
  return { eventType: 'api_post_event', timestamp: at, clientIp, uri, appDefinition: appDefinition ?? {} };
}

/** `group` is the parent of what the URL names: an app's group, `/` for POST /v2/groups. */
export function groupChangeSuccessEvent(group: PathId, version: Timestamp, at: Timestamp): EventRecord {
  return { eventType: 'group_change_success', timestamp: at, groupId: group, version };
}

export function groupChangeFailedEvent(
  group: PathId,
  version: Timestamp,
  reason: string,
  at: Timestamp,
): EventRecord {
  return { eventType: 'group_change_failed', timestamp: at, groupId: group, version, reason };
}

type Actions = { actions: readonly { action: string; app: PathId }[] };

/** What the events tell of a deployment: a Plan's steps will do, and so will those of a Deployment. */
export interface ToldDeployment {
  id: string;
  version: Timestamp;
  steps: readonly Actions[];
}

const stepJson = (step: Actions) => ({ actions: step.actions.map(({ action, app }) => ({ action, app })) });

/** `original` and `target` are there because Marathon's Python client fails without them; empty is enough for it. */
function planJson(deployment: ToldDeployment) {
  const { id, version, steps } = deployment;
  return { id, version, steps: steps.map(stepJson), original: {}, target: {} };
}

/**
 * `deployment_success`; of a release over several environments `waves_success`: Marathon's clients know deployments only
 * as plans of apps, and do not get those.
 */
function typeOf({ steps }: ToldDeployment, what: string): string {
  const isRelease = steps.some(({ actions }) => actions.some(({ action }) => action === 'ReleaseWave'));
  return `${isRelease ? 'waves' : 'deployment'}_${what}`;
}

/** The event without `plan.original` and `plan.target`, for `plan-format=light`. */
export function lightEvent(event: EventRecord): EventRecord {
  const plan = event.plan;
  if (typeof plan !== 'object' || plan === null) return event;
  const { original: _original, target: _target, ...light } = plan as Record<string, unknown>;
  return { ...event, plan: light };
}

/** A step of the deployment began; `step` counts from 1. */
export function deploymentInfoEvent(deployment: ToldDeployment, step: number, at: Timestamp): EventRecord {
  return stepEvent('info', deployment, step, at);
}

/** A step of the deployment ended; `step` counts from 1. */
export function deploymentStepSuccessEvent(
  deployment: ToldDeployment,
  step: number,
  at: Timestamp,
): EventRecord {
  return stepEvent('step_success', deployment, step, at);
}

function stepEvent(
  what: string,
  deployment: ToldDeployment,
  step: number,
  timestamp: Timestamp,
): EventRecord {
  const currentStep = stepJson(deployment.steps[step - 1] ?? { actions: [] });
  return { eventType: typeOf(deployment, what), timestamp, plan: planJson(deployment), currentStep };
}

export function deploymentSuccessEvent(deployment: ToldDeployment, at: Timestamp): EventRecord {
  return {
    eventType: typeOf(deployment, 'success'),
    timestamp: at,
    id: deployment.id,
    plan: planJson(deployment),
  };
}

export function deploymentFailedEvent(
  deployment: ToldDeployment,
  reason: string,
  at: Timestamp,
): EventRecord {
  return {
    eventType: typeOf(deployment, 'failed'),
    timestamp: at,
    id: deployment.id,
    plan: planJson(deployment),
    reason,
  };
}
