import type { App, Container, Network } from '../../model/app.js';
import { isHostNetwork } from '../../model/defaults.js';
import { healthCheckJson } from './health-checks.js';

/**
 * A definition as `/v2` shows it: Marathon's new form, and only keys that its strict Python client takes, so never
 * `stateful`, `hooks` or `release`. What is empty or not set is left out as Marathon 1.11 does.
 */
export function appJson(app: App) {
  return {
    ...what(app),
    ...resources(app),
    ...ports(app),
    ...supervision(app),
    ...(app.dependencies.length > 0 && { dependencies: app.dependencies }),
    ...(app.constraints.length > 0 && { constraints: app.constraints }),
    ...(app.acceptedResourceRoles && { acceptedResourceRoles: app.acceptedResourceRoles }),
    labels: app.labels,
    upgradeStrategy: app.upgradeStrategy,
    killSelection: app.killSelection,
    unreachableStrategy: app.unreachableStrategy,
    version: app.version,
    versionInfo: app.versionInfo,
  };
}

function what(app: App) {
  return {
    id: app.id,
    ...(app.cmd !== undefined && { cmd: app.cmd }),
    ...(app.args && app.args.length > 0 && { args: app.args }),
    ...(app.user !== undefined && { user: app.user }),
    ...(app.container && { container: containerJson(app.container) }),
    ...(hasKeys(app.env) && { env: app.env }),
    ...(hasKeys(app.secrets) && { secrets: app.secrets }),
    ...(app.fetch.length > 0 && { fetch: app.fetch }),
    executor: app.executor,
  };
}

/** The strict client fails on limits, as it does with Marathon's: only apps that state them have the key. */
function resources({ instances, cpus, mem, disk, gpus, resourceLimits: limits }: App) {
  return {
    instances,
    cpus,
    mem,
    disk,
    gpus,
    ...(limits && { resourceLimits: limits }),
  };
}

function ports(app: App) {
  return {
    networks: app.networks.map(networkJson),
    ...(isHostNetwork(app) && { portDefinitions: app.portDefinitions }),
    requirePorts: app.requirePorts,
  };
}

function supervision(app: App) {
  return {
    ...(app.healthChecks.length > 0 && { healthChecks: app.healthChecks.map(healthCheckJson) }),
    ...(app.readinessChecks.length > 0 && { readinessChecks: app.readinessChecks }),
    backoffSeconds: app.backoffSeconds,
    backoffFactor: app.backoffFactor,
    maxLaunchDelaySeconds: app.maxLaunchDelaySeconds,
    ...(app.taskKillGracePeriodSeconds !== undefined && {
      taskKillGracePeriodSeconds: app.taskKillGracePeriodSeconds,
    }),
  };
}

function containerJson({ type, docker, portMappings, volumes }: Container) {
  return { type, ...(docker && { docker }), ...(portMappings && { portMappings }), volumes };
}

function networkJson({ mode, name, labels }: Network) {
  return { mode, ...(name !== undefined && { name }), ...(hasKeys(labels) && { labels }) };
}

function hasKeys(record: object): boolean {
  return Object.keys(record).length > 0;
}
