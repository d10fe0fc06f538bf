import { portNameOf } from './names.js';

export interface Port {
  containerPort: number;
  hostPort?: number;
  name?: string;
  protocol: 'tcp' | 'udp';
}

/** The ports of a container. A port that only a check names is added: on a bridge it could not be reached otherwise. */
export class Ports {
  readonly all: Port[] = [];

  add(port: Port): void {
    this.all.push(port);
  }

  /** Index of a port by its number or name; undefined where no port has the name. */
  index(port: number | string): number | undefined {
    const found = this.all.findIndex((each) =>
      typeof port === 'number'
        ? each.containerPort === port && each.protocol === 'tcp'
        : each.name === portNameOf(port),
    );
    if (found >= 0) return found;
    return typeof port === 'number' ? this.all.push({ containerPort: port, protocol: 'tcp' }) - 1 : undefined;
  }

  /** How a check names the port: by its name, else by its index. */
  target(port: number | string): { portName: string } | { portIndex: number } | undefined {
    const index = this.index(port);
    if (index === undefined) return undefined;
    const name = this.all[index]?.name;
    return name === undefined ? { portIndex: index } : { portName: name };
  }

  /** The port's name; one is made where it has none. */
  name(port: number | string): string | undefined {
    const found = this.all[this.index(port) ?? -1];
    if (!found) return undefined;
    found.name ??= `port-${found.containerPort}`;
    return found.name;
  }
}

/** An app's networks, ports and container, by whether it has the host's network. */
export function networking(
  ports: Ports,
  {
    image,
    host,
    exact,
    volumes,
  }: { image?: Image | undefined; host: boolean; exact: boolean; volumes: VolumeInput[] },
) {
  const container = image || volumes.length > 0 ? { ...containerOf(image), volumes } : undefined;
  if (host || !image) {
    return {
      networks: [{ mode: 'host' as const }],
      portDefinitions: ports.all.map(({ containerPort, hostPort: _host, ...rest }) => ({
        port: containerPort,
        ...rest,
      })),
      requirePorts: exact,
      ...(container && { container }),
    };
  }
  return {
    networks: [{ mode: 'container/bridge' as const }],
    container: { ...containerOf(image), volumes, portMappings: ports.all },
  };
}

export interface VolumeInput {
  containerPath: string;
  hostPath?: string;
  /** It belongs to one instance; MiB. */
  persistent?: { size: number };
  mode: 'RO' | 'RW';
}

export interface Image {
  type: 'DOCKER' | 'MESOS';
  image: string;
  forcePullImage: boolean;
  privileged: boolean;
  parameters: { key: string; value: string }[];
}

function containerOf(image: Image | undefined) {
  if (!image) return { type: 'MESOS' as const };
  const { type, ...docker } = image;
  return { type, docker };
}
