import type { App } from '../model/app.js';
import type { Capacity } from '../runtimes/runtime.js';

/** What is there at a moment: instances, and what they take. */
export interface Load extends Capacity {
  instances: number;
}

export const NOTHING: Load = { instances: 0, cpus: 0, mem: 0, disk: 0, ports: 0 };

/** So many instances of a definition; nothing where there is none. */
export function loadOf(app: App | undefined, instances: number): Load {
  if (!app) return NOTHING;
  return {
    instances,
    cpus: app.cpus * instances,
    mem: app.mem * instances,
    disk: app.disk * instances,
    ports: hostPorts(app) * instances,
  };
}

/** Ports of the host: none where each container has an address of its own. */
function hostPorts({ networks, portDefinitions, container }: App): number {
  if (networks.some(({ mode }) => mode === 'container')) return 0;
  return container?.portMappings?.length ?? portDefinitions.length;
}

export function plus(a: Load, b: Load): Load {
  return combine(a, b, (x, y) => x + y);
}

export function minus(a: Load, b: Load): Load {
  return combine(a, b, (x, y) => x - y);
}

/** The larger of each. */
export function most(a: Load, b: Load): Load {
  return combine(a, b, Math.max);
}

function combine(a: Load, b: Load, value: (x: number, y: number) => number): Load {
  return {
    instances: value(a.instances, b.instances),
    cpus: value(a.cpus, b.cpus),
    mem: value(a.mem, b.mem),
    disk: value(a.disk, b.disk),
    ports: value(a.ports, b.ports),
  };
}
