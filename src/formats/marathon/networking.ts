import type { Container, Network, PortDefinition, PortMapping } from '../../model/app.js';
import { isHostNetwork } from '../../model/defaults.js';
import type { AppJson } from './schema.js';

/** Errors by path below the app; `` is the app itself. */
export type Report = (path: string, error: string) => void;

type ContainerJson = NonNullable<AppJson['container']>;

/** Networks of the new form, from whichever form the caller used; absent where none is stated. */
export function networksOf(json: AppJson, report: Report): Network[] | undefined {
  const old = json.container?.docker?.network;
  const stated = json.networks?.length ? json.networks : undefined;
  if (stated && (old || json.ipAddress)) {
    report('/networks', `cannot specify both networks and ${old ? 'docker.network' : 'ipAddress'}`);
  }
  if (stated) return stated;
  if (json.ipAddress && old === undefined) return [userNetwork(json)];
  switch (old) {
    case undefined:
      return undefined;
    case 'HOST':
      return [{ mode: 'host', labels: {} }];
    case 'BRIDGE':
      return [{ mode: 'container/bridge', labels: {} }];
    case 'USER':
      return [userNetwork(json)];
  }
}

function userNetwork({ ipAddress }: AppJson): Network {
  const name = ipAddress?.networkName;
  return { mode: 'container', ...(name && { name }), labels: ipAddress?.labels ?? {} };
}

/**
 * Port definitions of the new form, from `ports` too; both are taken where they say the same. Before 1.5 Marathon showed
 * the service ports of apps on other networks as `ports` as well: those are in the mappings, and left out here.
 */
export function portDefinitionsOf(
  json: AppJson,
  networks: Network[] | undefined,
  report: Report,
): PortDefinition[] | undefined {
  const { ports, portDefinitions } = json;
  if (!ports || (ports.length === 0 && portDefinitions)) return portDefinitions;
  const same = !portDefinitions?.length || samePorts(portDefinitions, ports);
  if (!same) report('/', 'cannot specify both ports and port definitions');
  if (networks && !isHostNetwork({ networks })) return undefined;
  return portDefinitions?.length
    ? portDefinitions
    : ports.map((port): PortDefinition => ({ port, protocol: 'tcp', labels: {} }));
}

function samePorts(definitions: PortDefinition[], ports: number[]): boolean {
  return definitions.length === ports.length && definitions.every(({ port }, index) => port === ports[index]);
}

/** The container of the new form: mappings out of `docker`, `networkNames` dropped. */
export function containerOf(json: AppJson, report: Report): Container | undefined {
  const { container } = json;
  if (!container) return undefined;
  const mappings = mappingsOf(container, json, report);
  const { docker } = container;
  return {
    type: container.type ?? (docker ? 'DOCKER' : 'MESOS'),
    ...(docker && { docker: withoutNetwork(docker) }),
    ...(mappings && { portMappings: mappings }),
    volumes: container.volumes,
  };
}

function withoutNetwork(docker: NonNullable<ContainerJson['docker']>) {
  const { network: _network, portMappings: _mappings, ...rest } = docker;
  return rest;
}

function mappingsOf(container: ContainerJson, json: AppJson, report: Report): PortMapping[] | undefined {
  const old = container.docker?.portMappings;
  if (container.portMappings && old && old.length > 0) {
    report('/container', 'cannot specify both portMappings and docker.portMappings');
  }
  const mappings = container.portMappings ?? old;
  if (!mappings) return discovered(json);
  return mappings.map(({ networkNames: _names, ...mapping }) => mapping);
}

/** Ports that an old `ipAddress` announces. */
function discovered({ ipAddress }: AppJson): PortMapping[] | undefined {
  return ipAddress?.discovery?.ports.map(({ number, ...rest }) => ({
    ...rest,
    containerPort: number,
    servicePort: 0,
  }));
}
