import type { App } from '../../model/app.js';

/**
 * Host ports that an instance needs, in the order of PORT0, PORT1 …; 0 = any of the range. Port definitions are
 * service ports, and only with requirePorts the host's too (Marathon 1.11).
 */
export function wantedPorts(app: App): number[] {
  const mappings = app.container?.portMappings;
  if (mappings !== undefined) return mappings.map(({ hostPort }) => hostPort ?? 0);
  return app.portDefinitions.map(({ port }) => (app.requirePorts ? port : 0));
}
