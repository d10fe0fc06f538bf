import { createHash } from 'node:crypto';
import { portNames } from '../../checks/ask.js';
import type { App } from '../../model/app.js';
import type { InstanceRecord } from '../supervisor/driver.js';
import { appName } from '../supervisor/identity.js';

/** Marks every process of an instance with the folder that its service keeps. */
export const HOME_MARK = 'SLIPWAY_HOME_ID';
/** Names the instance in the environment of its processes (Mesos). */
export const INSTANCE_MARK = 'MESOS_TASK_ID';

/** Short, and the same after every restart of the service. */
export function homeId(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}

/** What instances inherit of the service's environment: where programs are, language, time zone. Nothing else. */
const INHERITED = ['PATH', 'LANG', 'LC_ALL', 'TZ'];

export function inheritable(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = INHERITED.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH: '/usr/local/bin:/usr/bin:/bin', ...Object.fromEntries(kept) };
}

/**
 * Environment of an instance's processes (Marathon 1.11 EnvironmentHelper and TaskBuilder). What the app states
 * itself wins, but for what tells whose process it is.
 */
export function environmentOf(
  record: InstanceRecord,
  sandbox: string,
  home: string,
  inherited: Record<string, string>,
): Record<string, string> {
  const app = record.definition;
  return {
    ...inherited,
    HOME: sandbox,
    ...(app.user !== undefined && { USER: app.user, LOGNAME: app.user }),
    HOST: record.host,
    ...portVariables(record),
    ...appVariables(app, record.version),
    ...plain(app.env),
    ...ordinalVariables(record),
    MESOS_SANDBOX: sandbox,
    [INSTANCE_MARK]: record.id,
    [HOME_MARK]: homeId(home),
  };
}

/** Who a stateful app's instance is, whatever version and however often replaced; what the app states does not hide it. */
function ordinalVariables({ app, ordinal }: InstanceRecord): Record<string, string> {
  if (ordinal === undefined) return {};
  return { SLIPWAY_ORDINAL: String(ordinal), SLIPWAY_INSTANCE_NAME: `${appName(app)}-${ordinal}` };
}

function portVariables({ ports, definition }: InstanceRecord): Record<string, string> {
  const variables: Record<string, string> = { PORTS: ports.join(',') };
  if (ports[0] !== undefined) variables.PORT = String(ports[0]);
  const names = portNames(definition);
  ports.forEach((port, index) => {
    variables[`PORT${index}`] = String(port);
    const name = names[index];
    if (name !== undefined) variables[`PORT_${variableName(name)}`] = String(port);
  });
  return variables;
}

function appVariables(app: App, version: string): Record<string, string> {
  const labels = Object.entries(app.labels).map(([name, value]) => [variableName(name), value] as const);
  return {
    MARATHON_APP_ID: app.id,
    MARATHON_APP_VERSION: version,
    MARATHON_APP_RESOURCE_CPUS: String(app.cpus),
    MARATHON_APP_RESOURCE_MEM: String(app.mem),
    MARATHON_APP_RESOURCE_DISK: String(app.disk),
    MARATHON_APP_RESOURCE_GPUS: String(app.gpus),
    MARATHON_APP_LABELS: labels.map(([name]) => name).join(' '),
    ...Object.fromEntries(labels.map(([name, value]) => [`MARATHON_APP_LABEL_${name}`, value])),
  };
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9_]+/g, '_');
}

function plain(env: App['env']): Record<string, string> {
  const strings = Object.entries(env).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return Object.fromEntries(strings);
}
