import type { App, HealthCheck } from '../../model/app.js';
import { isHostNetwork } from '../../model/defaults.js';
import type { Notes } from './notes.js';

export interface WrittenPort {
  name?: string;
  containerPort: number;
  hostPort?: number;
  protocol: 'TCP' | 'UDP';
}

/** The ports of an app; what a form other than Marathon's cannot say of them is listed. */
export function portsOf(app: App, notes: Notes): WrittenPort[] {
  const host = isHostNetwork(app);
  const stated = host
    ? app.portDefinitions.map(({ port, ...rest }) => ({
        ...rest,
        containerPort: port,
        servicePort: 0,
        hostPort: 0,
      }))
    : (app.container?.portMappings ?? []);
  const at = host ? '/portDefinitions' : '/container/portMappings';
  return stated.flatMap(({ containerPort, hostPort, servicePort, name, protocol, labels }, index) => {
    const path = `${at}(${index})`;
    if (servicePort > 0) notes.leave(`${path}/servicePort`, 'a port of the load balancer is said only here');
    if (Object.keys(labels).length > 0) notes.leave(`${path}/labels`, 'ports have no labels');
    if (containerPort === 0) {
      notes.leave(path, 'a port that is chosen at the start cannot be said');
      return [];
    }
    return protocol.split(',').map((each) => ({
      ...(name !== undefined && { name: each === 'udp' && protocol !== 'udp' ? `${name}-udp` : name }),
      containerPort,
      ...(hostPort ? { hostPort } : {}),
      protocol: each === 'udp' ? ('UDP' as const) : ('TCP' as const),
    }));
  });
}

/** Number or name of the port that a check or hook asks, as the form's own ports have it. */
export function checkedPort(
  check: Pick<HealthCheck, 'port' | 'portName' | 'portIndex'>,
  app: App,
): number | string | undefined {
  if (check.port !== undefined) return check.port;
  if (check.portName !== undefined) return check.portName;
  const index = check.portIndex ?? 0;
  const found = isHostNetwork(app) ? app.portDefinitions[index] : app.container?.portMappings?.[index];
  if (!found) return undefined;
  const number = 'port' in found ? found.port : found.containerPort;
  return found.name ?? (number > 0 ? number : undefined);
}
