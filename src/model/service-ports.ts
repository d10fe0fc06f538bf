import { TerminalError } from '../errors.js';
import type { App, PortDefinition, PortMapping } from './app.js';
import type { Definition } from './restart.js';

/** Marathon 1.11: local_port_min and local_port_max. */
const SERVICE_PORTS = { first: 10_000, last: 20_000 } as const;

/** Hands out service ports that no app has; looks at the apps only when the first one is wanted. */
export class ServicePorts {
  private taken: Set<number> | undefined;
  private next: number = SERVICE_PORTS.first;

  constructor(private readonly apps: () => Iterable<Definition>) {}

  /** The definition with a service port wherever 0 asks for one; an index keeps the port that the present app has there. */
  assign(app: Definition, present: App | undefined): Definition {
    const { container } = app;
    if (container?.portMappings?.some((each) => each.servicePort === 0)) {
      const kept = present?.container?.portMappings?.map((each) => each.servicePort) ?? [];
      const fill = (mapping: PortMapping, index: number) =>
        mapping.servicePort === 0 ? { ...mapping, servicePort: this.port(kept[index]) } : mapping;
      return { ...app, container: { ...container, portMappings: container.portMappings.map(fill) } };
    }
    if (!app.portDefinitions.some((each) => each.port === 0)) return app;
    const kept = present?.portDefinitions.map((each) => each.port) ?? [];
    const fill = (definition: PortDefinition, index: number) =>
      definition.port === 0 ? { ...definition, port: this.port(kept[index]) } : definition;
    return { ...app, portDefinitions: app.portDefinitions.map(fill) };
  }

  private port(kept: number | undefined): number {
    if (kept) return kept;
    this.taken ??= new Set([...this.apps()].flatMap(portsOf));
    while (this.taken.has(this.next)) this.next++;
    if (this.next > SERVICE_PORTS.last) throw exhausted();
    this.taken.add(this.next);
    return this.next;
  }
}

function portsOf(app: Definition): number[] {
  const mappings = app.container?.portMappings ?? [];
  return [...mappings.map((each) => each.servicePort), ...app.portDefinitions.map((each) => each.port)];
}

function exhausted(): TerminalError {
  const { first, last } = SERVICE_PORTS;
  return new TerminalError(
    'invalid',
    `All service ports from ${first} to ${last} are taken. Apps that need none can say "portDefinitions": [].`,
  );
}
