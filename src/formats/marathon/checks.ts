import type { HealthCheck } from '../../model/app.js';
import type { Report } from './networking.js';
import type { AppJson } from './schema.js';

type CheckJson = NonNullable<AppJson['healthChecks']>[number];

/** A health check with exactly one thing that it asks: a command, a port, a port's name or its index (0 by default). */
function healthCheckOf(json: CheckJson, report: (error: string) => void): HealthCheck {
  const { command, port, portName, portIndex, path, ...rest } = json;
  const stated = [port, portName, portIndex].filter((each) => each !== undefined);
  if (stated.length > 1) report('may only have one of port, portIndex and portName');
  if (json.protocol === 'COMMAND') {
    if (command === undefined) report('COMMAND health checks must have a command');
    if (path !== undefined) report('COMMAND health checks have no path');
    return { ...rest, command: typeof command === 'object' ? command.value : (command ?? '') };
  }
  if (command !== undefined) report(`${json.protocol} health checks have no command`);
  return { ...rest, ...pathOf(json, report), ...target(json) };
}

function pathOf({ protocol, path }: CheckJson, report: (error: string) => void): { path?: string } {
  const tcp = protocol === 'TCP' || protocol === 'MESOS_TCP';
  if (tcp && path) report(`${protocol} health checks have no path`);
  return tcp ? {} : { path: path || '/' };
}

function target({ port, portName, portIndex }: CheckJson): Partial<HealthCheck> {
  if (port !== undefined) return { port };
  if (portName !== undefined) return { portName };
  return { portIndex: portIndex ?? 0 };
}

export function healthChecksOf(json: AppJson, report: Report): HealthCheck[] | undefined {
  return json.healthChecks?.map((each, index) =>
    healthCheckOf(each, (error) => report(`/healthChecks(${index})`, error)),
  );
}
