import type { App, Timestamp } from '../../model/app.js';
import type { CheckResult, Failure, Instance, InstanceState } from '../../model/instance.js';

/** Mesos' names of the states, as Marathon shows them. */
export const TASK_STATES = {
  staging: 'TASK_STAGING',
  running: 'TASK_RUNNING',
  killing: 'TASK_KILLING',
  finished: 'TASK_FINISHED',
  failed: 'TASK_FAILED',
  killed: 'TASK_KILLED',
} as const satisfies Record<InstanceState, string>;

/** Marathon's instance id: that of the task without its incarnation. */
export function instanceIdOf(taskId: string): string {
  return taskId.replace(/\._app\.\d+$/, '');
}

/** Hosts are what agents are to Marathon; its clients only need the same name for the same host. */
export function agentId(host: string): string {
  return host;
}

/** The address by which others reach the instance; a host that is no address is left out. */
export function ipAddresses(host: string): { ipAddress: string; protocol: 'IPv4' | 'IPv6' }[] {
  if (/^\d+(\.\d+){3}$/.test(host)) return [{ ipAddress: host, protocol: 'IPv4' }];
  return host.includes(':') ? [{ ipAddress: host, protocol: 'IPv6' }] : [];
}

/** Ports by which a load balancer knows the app, in the order of the instance's ports. */
function servicePorts(app: Pick<App, 'container' | 'portDefinitions'>): number[] {
  const mappings = app.container?.portMappings;
  return mappings ? mappings.map((each) => each.servicePort) : app.portDefinitions.map((each) => each.port);
}

/** A task as `/v2` shows it (Marathon 1.11); only keys that its strict Python client takes. */
export interface TaskJson {
  id: string;
  appId: string;
  host: string;
  ipAddresses: { ipAddress: string; protocol: string }[];
  ports: number[];
  servicePorts: number[];
  slaveId: string;
  state: string;
  stagedAt: Timestamp;
  startedAt?: Timestamp;
  version: Timestamp;
  healthCheckResults?: (CheckResult & { instanceId: string })[];
  localVolumes: [];
}

/**
 * `healthCheckResults` is left out where the app has no checks: marathon-lb takes the absent key as "no verdict"
 * and an empty list as unhealthy.
 */
export function taskJson(
  instance: Instance,
  app: Pick<App, 'container' | 'portDefinitions' | 'healthChecks'>,
): TaskJson {
  return {
    id: instance.id,
    appId: instance.app,
    host: instance.host,
    ipAddresses: ipAddresses(instance.host),
    ports: instance.ports,
    servicePorts: servicePorts(app),
    slaveId: agentId(instance.host),
    state: TASK_STATES[instance.state],
    stagedAt: instance.stagedAt,
    ...(instance.startedAt && { startedAt: instance.startedAt }),
    version: instance.version,
    ...(app.healthChecks.length > 0 && { healthCheckResults: checkResults(instance) }),
    localVolumes: [],
  };
}

function checkResults(instance: Instance): (CheckResult & { instanceId: string })[] {
  const instanceId = instanceIdOf(instance.id);
  return instance.healthCheckResults.map((result) => ({ ...result, instanceId }));
}

/** lastTaskFailure of AppInfo. */
export function failureJson(failure: Failure) {
  return {
    appId: failure.app,
    host: failure.host,
    message: failure.message,
    state: TASK_STATES[failure.state],
    taskId: failure.instance,
    instanceId: instanceIdOf(failure.instance),
    slaveId: agentId(failure.host),
    timestamp: failure.at,
    version: failure.version,
  };
}
