import type { ErrorDetail } from '../errors.js';
import type { HealthCheck, ReadinessCheck } from './app.js';
import { isHostNetwork, isSingleInstance } from './defaults.js';
import { idErrors } from './paths.js';
import type { Definition } from './restart.js';
import { statefulErrors } from './validate-stateful.js';

type Rule = (app: Definition) => [path: string, error: string][];

/** More would only be a slip of the keyboard, and would fill the planner's memory. */
export const MAX_INSTANCES = 100_000;

/** What is wrong with a complete definition, in Marathon 1.11's words; `path` leads to the app, `` for the app itself. */
export function validateApp(app: Definition, path: string): ErrorDetail[] {
  const byPath = new Map<string, string[]>();
  for (const [at, error] of RULES.flatMap((rule) => rule(app))) {
    const full = `${path}${at}` || '/';
    byPath.set(full, [...(byPath.get(full) ?? []), error]);
  }
  return [...byPath].map(([at, errors]) => ({ path: at, errors }));
}

const id: Rule = (app) => idErrors(app.id).map((error) => ['/id', error]);

const something: Rule = (app) => {
  const cmd = app.cmd !== undefined && app.cmd !== '';
  const args = app.args !== undefined && app.args.length > 0;
  const image = app.container?.docker !== undefined;
  if (cmd !== args || (!cmd && image)) return [];
  return [['', "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."]];
};

const docker: Rule = ({ container }) =>
  container?.type === 'DOCKER' && !container.docker ? [['/container/docker', 'not defined']] : [];

const instances: Rule = (app) => {
  const found: [string, string][] = [];
  if (isSingleInstance(app) && app.instances > 1)
    found.push(['', 'Single instance app may only have one instance']);
  if (app.instances > MAX_INSTANCES)
    found.push(['/instances', `got ${app.instances}, expected ${MAX_INSTANCES} or less`]);
  return found;
};

const resourceLimits: Rule = (app) =>
  (['cpus', 'mem'] as const).flatMap((resource): [string, string][] => {
    const limit = app.resourceLimits?.[resource];
    if (typeof limit !== 'number' || limit >= app[resource]) return [];
    return [
      [`/resourceLimits/${resource}`, `(${limit}) must be at least ${resource}, which is ${app[resource]}`],
    ];
  });

const networks: Rule = (app) => {
  const host = isHostNetwork(app);
  const found: [string, string][] = [];
  if (!host && app.networks.some((network) => network.mode === 'host')) {
    found.push(['/networks', 'host-networking may not be combined with other networks']);
  }
  if (host && (app.container?.portMappings?.length ?? 0) > 0) {
    found.push(['/container/portMappings', 'portMappings are not allowed with host-networking']);
  }
  if (!host && app.portDefinitions.length > 0) {
    found.push(['/portDefinitions', 'portDefinitions are only allowed with host-networking']);
  }
  return found;
};

const ports: Rule = (app) => {
  const found: [string, string][] = [];
  const at = app.container?.portMappings ? '/container/portMappings' : '/portDefinitions';
  if (repeats(portNames(app))) found.push([at, 'Port names must be unique.']);
  if (repeats(app.portDefinitions.map((each) => each.port).filter((port) => port !== 0))) {
    found.push(['/portDefinitions', 'Ports must be unique.']);
  }
  return found;
};

const healthChecks: Rule = (app) =>
  app.healthChecks.flatMap((check, index) =>
    healthCheckErrors(check, app).map((error): [string, string] => [`/healthChecks(${index})`, error]),
  );

function healthCheckErrors(check: HealthCheck, app: Definition): string[] {
  if (check.portName !== undefined && !portNames(app).includes(check.portName)) {
    return [`No port definition reference for portName ${check.portName}`];
  }
  if (check.portIndex === undefined || check.portIndex < portCount(app)) return [];
  return ['Health check port indices must address an element of the ports array or container port mappings.'];
}

const readinessChecks: Rule = (app) => {
  const each = app.readinessChecks.flatMap((check, index) =>
    readinessErrors(check, app).map((error): [string, string] => [`/readinessChecks(${index})`, error]),
  );
  return app.readinessChecks.length > 1
    ? [['/readinessChecks', 'may have at most 1 element'], ...each]
    : each;
};

function readinessErrors(check: ReadinessCheck, app: Definition): string[] {
  const errors: string[] = [];
  if (check.timeoutSeconds >= check.intervalSeconds) {
    errors.push(
      `timeoutSeconds (${check.timeoutSeconds}) must be less than intervalSeconds (${check.intervalSeconds})`,
    );
  }
  if (!portNames(app).includes(check.portName)) {
    errors.push(`No port definition reference for portName ${check.portName}`);
  }
  return errors;
}

const hooks: Rule = (app) =>
  (['postStart', 'preStop'] as const).flatMap((name): [string, string][] => {
    const hook = app.hooks?.[name];
    if (hook === undefined || 'command' in hook || hook.http.port !== undefined) return [];
    const { portName, portIndex = 0 } = hook.http;
    const known = portName === undefined ? portIndex < portCount(app) : portNames(app).includes(portName);
    const asked = portName === undefined ? `port index ${portIndex}` : `port '${portName}'`;
    return known ? [] : [[`/hooks/${name}/http`, `${asked} is not among the ports of the app`]];
  });

const unreachable: Rule = ({ unreachableStrategy: strategy }) => {
  if (strategy === 'disabled' || strategy.inactiveAfterSeconds <= strategy.expungeAfterSeconds) return [];
  const { inactiveAfterSeconds: inactive, expungeAfterSeconds: expunge } = strategy;
  return [
    [
      '/unreachableStrategy',
      `inactiveAfterSeconds (${inactive}) must be less or equal to expungeAfterSeconds, which is ${expunge}`,
    ],
  ];
};

const RULES: readonly Rule[] = [
  id,
  something,
  docker,
  instances,
  resourceLimits,
  networks,
  ports,
  healthChecks,
  readinessChecks,
  hooks,
  unreachable,
  statefulErrors,
];

function portNames(app: Definition): string[] {
  const named = app.container?.portMappings ?? app.portDefinitions;
  return named.flatMap((each) => each.name ?? []);
}

function portCount(app: Definition): number {
  return app.container?.portMappings?.length ?? app.portDefinitions.length;
}

function repeats(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length;
}
