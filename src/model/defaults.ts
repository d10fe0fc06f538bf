import type { App, Container, PortDefinition } from './app.js';
import type { AppUpdate } from './change.js';
import type { Definition } from './restart.js';

/** Marathon 1.11's defaults (app.raml); `maximumOverCapacity` stays open, because stating it changes the rule. */
function defaults(): Omit<Definition, 'id' | 'portDefinitions'> &
  Pick<Partial<Definition>, 'portDefinitions'> {
  return {
    instances: 1,
    cpus: 1,
    mem: 128,
    disk: 0,
    gpus: 0,
    executor: '',
    env: {},
    labels: {},
    secrets: {},
    networks: [{ mode: 'host', labels: {} }],
    requirePorts: false,
    healthChecks: [],
    readinessChecks: [],
    fetch: [],
    dependencies: [],
    constraints: [],
    upgradeStrategy: { minimumHealthCapacity: 1 },
    backoffSeconds: 1,
    backoffFactor: 1.15,
    maxLaunchDelaySeconds: 300,
    killSelection: 'YOUNGEST_FIRST',
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
  };
}

export function isHostNetwork(app: Pick<App, 'networks'>): boolean {
  return app.networks.every((network) => network.mode === 'host');
}

/** Marathon's label for an app of which two instances must never run. */
export function isSingleInstance(app: Pick<App, 'labels'>): boolean {
  return app.labels.MARATHON_SINGLE_INSTANCE_APP === 'true';
}

/**
 * The whole definition that an update means. With `present` absent fields keep their value, without it they take the default.
 * Giving `cmd` or `args` takes the other away, and a changed network takes away the ports of the other kind.
 */
export function complete(update: AppUpdate, present?: App): Definition {
  // Assigned in place: spreading objects of this size is what takes the time where there are thousands of apps.
  const base = defaults();
  if (!present && isResident(update)) Object.assign(base, residentDefaults());
  const stated = Object.assign(base, inherited(update, present), update);
  const host = isHostNetwork(stated);
  const app: Definition = Object.assign(stated, {
    portDefinitions: stated.portDefinitions ?? (host ? [defaultPort()] : []),
  });
  if (app.cmd === '') delete app.cmd;
  if (app.args?.length === 0) delete app.args;
  if (app.stateful === false) delete app.stateful;
  if (isSingleInstance(app)) app.upgradeStrategy = { minimumHealthCapacity: 0, maximumOverCapacity: 0 };
  if (app.container?.portMappings) app.container = withMappings(app.container, app, update);
  return app;
}

/** Whether instances keep data on their host. */
function isResident(app: Pick<Partial<App>, 'container'>): boolean {
  return app.container?.volumes.some((volume) => volume.persistent !== undefined) ?? false;
}

/** Marathon 1.11: an instance with data is neither doubled nor given up. */
function residentDefaults(): Pick<App, 'upgradeStrategy' | 'unreachableStrategy'> {
  return {
    upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 },
    unreachableStrategy: 'disabled',
  };
}

function defaultPort(): PortDefinition {
  return { port: 0, name: 'default', protocol: 'tcp', labels: {} };
}

function inherited(update: AppUpdate, present: App | undefined): Partial<Definition> {
  if (!present) return {};
  const { version: _version, versionInfo: _info, cmd, args, portDefinitions, ...rest } = present;
  const replaced = Boolean(update.cmd) || (update.args?.length ?? 0) > 0;
  const host = isHostNetwork(present);
  const samePorts = !update.networks || isHostNetwork({ networks: update.networks }) === host;
  return {
    ...rest,
    ...(!replaced && cmd !== undefined && { cmd }),
    ...(!replaced && args !== undefined && { args }),
    ...(samePorts && { portDefinitions }),
  };
}

/**
 * On the host's network a container kept from before loses its mappings; those that the caller gave are left to validation.
 * In a bridge every mapping has a host port, a free one where none is stated.
 */
function withMappings(container: Container, app: Definition, update: AppUpdate): Container {
  const { portMappings = [], ...rest } = container;
  if (isHostNetwork(app)) return update.container && portMappings.length > 0 ? container : rest;
  if (!app.networks.some((network) => network.mode === 'container/bridge')) return container;
  return {
    ...rest,
    portMappings: portMappings.map((mapping) => ({ ...mapping, hostPort: mapping.hostPort ?? 0 })),
  };
}
