import type { App, HealthCheck, Hook, ReadinessCheck } from '../model/app.js';
import type { Answer, Limit } from './answer.js';
import { askHttp } from './http.js';
import { askStatus } from './status.js';
import { askTcp } from './tcp.js';

/** Where an instance can be asked. */
export interface Address {
  host: string;
  ports: number[];
}

/** What of a health check says what is asked. */
type Asked = Pick<HealthCheck, 'protocol' | 'path' | 'portIndex' | 'portName' | 'port' | 'command'> &
  Partial<Pick<HealthCheck, 'ipProtocol'>>;

/** Carries a hook out; an answer counts as that of a health check does. */
export function askHook(
  hook: Hook,
  app: App,
  address: Address,
  limit: Limit,
  command: (command: string, limit: Limit) => Promise<Answer>,
): Promise<Answer> {
  if ('command' in hook) return command(hook.command, limit);
  const { scheme: protocol, ...asked } = hook.http;
  return askHealth({ protocol, ...asked }, app, address, limit, command);
}

/** Asks a health check; `command` runs a COMMAND check next to the instance. */
export async function askHealth(
  check: Asked,
  app: App,
  address: Address,
  limit: Limit,
  command: (command: string, limit: Limit) => Promise<Answer>,
): Promise<Answer> {
  if (check.protocol === 'COMMAND') return command(check.command ?? '', limit);
  const port = check.port ?? address.ports[portIndex(check, app)];
  if (port === undefined) return { ok: false, cause: `${shownPort(check)} is not among its ports` };
  const target = { host: hostFor(check, address.host), port, family: familyOf(check) };
  switch (check.protocol) {
    case 'TCP':
    case 'MESOS_TCP':
      return askTcp(target, limit);
    case 'HTTP':
    case 'MESOS_HTTP':
      return askStatus({ ...target, secure: false, path: check.path ?? '/', accept: isHealthyStatus }, limit);
    case 'HTTPS':
    case 'MESOS_HTTPS':
      return askStatus({ ...target, secure: true, path: check.path ?? '/', accept: isHealthyStatus }, limit);
  }
}

/** Asks a readiness check; its port is found by name (Marathon 1.11). */
export async function askReadiness(
  check: ReadinessCheck,
  app: App,
  address: Address,
  limit: Limit,
): Promise<Answer> {
  const port = address.ports[portNames(app).indexOf(check.portName)];
  if (port === undefined) return { ok: false, cause: `no port is named '${check.portName}'` };
  const accept = (status: number) => check.httpStatusCodesForReady.includes(status);
  const question = { host: address.host, port, path: check.path, family: 4, accept } as const;
  return askHttp({ ...question, secure: check.protocol === 'HTTPS' }, limit);
}

/** Statuses that a health check takes as good (Marathon 1.11 HealthCheckWorker: 200–399, redirects not followed). */
function isHealthyStatus(status: number): boolean {
  return status >= 200 && status < 400;
}

/** Names of an app's ports in the order of an instance's ports. */
export function portNames(app: App): (string | undefined)[] {
  return (app.container?.portMappings ?? app.portDefinitions).map(({ name }) => name);
}

function portIndex(check: Asked, app: App): number {
  return check.portName === undefined ? (check.portIndex ?? 0) : portNames(app).indexOf(check.portName);
}

function shownPort(check: Asked): string {
  return check.portName === undefined ? `port index ${check.portIndex ?? 0}` : `port '${check.portName}'`;
}

function familyOf(check: Asked): 4 | 6 {
  return check.ipProtocol === 'IPv6' ? 6 : 4;
}

function hostFor(check: Asked, host: string): string {
  return check.ipProtocol === 'IPv6' && host.startsWith('127.') ? '::1' : host;
}
