import type { App, PortDefinition, PortMapping } from './app.js';
import type { AppUpdate } from './change.js';
import type { Definition } from './restart.js';

/** Marathon 1.11's defaults (app.raml); `maximumOverCapacity` stays open, because stating it changes the rule. */
function defaults(): Omit<Definition, 'id' | 'portDefinitions'> {
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
  const merged = { ...defaults(), ...inherited(update, present), ...update };
  const host = isHostNetwork(merged);
  const portDefinitions = merged.portDefinitions ?? (host ? [defaultPort()] : []);
  return finished({ ...merged, portDefinitions, ...withMappings(merged, host, update) }, host);
}

function defaultPort(): PortDefinition {
  return { port: 0, name: 'default', protocol: 'tcp', labels: {} };
}

function inherited(update: AppUpdate, present: App | undefined): Partial<Definition> {
  if (!present) return {};
  const { version: _version, versionInfo: _info, cmd, args, portDefinitions, ...rest } = present;
  const replaced = update.cmd !== undefined || update.args !== undefined;
  const host = isHostNetwork(present);
  const samePorts = !update.networks || isHostNetwork({ networks: update.networks }) === host;
  return {
    ...rest,
    ...(!replaced && cmd !== undefined && { cmd }),
    ...(!replaced && args !== undefined && { args }),
    ...(samePorts && { portDefinitions }),
  };
}

/** A container kept from before loses its mappings on the host's network; one that the caller gave is left to validation. */
function withMappings(
  merged: Partial<Definition>,
  host: boolean,
  update: AppUpdate,
): Pick<Definition, 'container'> | object {
  const { container } = merged;
  if (!container?.portMappings || !host) return {};
  if (update.container && container.portMappings.length > 0) return {};
  const { portMappings: _mappings, ...rest } = container;
  return { container: rest };
}

function finished(app: Definition, host: boolean): Definition {
  const upgradeStrategy = isSingleInstance(app)
    ? { minimumHealthCapacity: 0, maximumOverCapacity: 0 }
    : app.upgradeStrategy;
  const mappings = app.container?.portMappings;
  if (host || !app.container || !mappings) return { ...app, upgradeStrategy };
  const bridge = app.networks.some((network) => network.mode === 'container/bridge');
  return {
    ...app,
    upgradeStrategy,
    container: { ...app.container, portMappings: mappings.map(hostPort(bridge)) },
  };
}

/** In a bridge every mapping has a host port, a free one where none is stated. */
function hostPort(bridge: boolean): (mapping: PortMapping) => PortMapping {
  return (mapping) => (bridge && mapping.hostPort === undefined ? { ...mapping, hostPort: 0 } : mapping);
}
