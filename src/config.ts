import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { type ErrorDetail, TerminalError } from './errors.js';
import { isLoopback } from './os/loopback.js';
import type { Keeping } from './retention/sweep.js';
import { DEFAULT_RETENTION, type Retention } from './runtimes/supervisor/retention.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Settings of the service, of its environment variables. */
export interface Config {
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** Bearer token that every caller must send; always set where `host` is not loopback. */
  token?: string;
  temporalPort: number;
  temporalUiPort: number;
  /** Absolute. */
  home: string;
  /** Of the process runtime. cpus are shares, not limits, hence four times the cores; memory and disk in MiB. */
  capacity: { cpus: number; mem: number; disk: number };
  /** Of this host, by name: what constraints of apps can ask for. */
  attributes: Record<string, string>;
  /** Ports that instances get, both ends included. */
  instancePorts: { first: number; last: number };
  logLevel: LogLevel;
  /** Whether promises and errors of workflows know where they were made: Temporal's `__stack_trace`; takes throughput. */
  workflowStacks: boolean;
  /** Live deployments beyond which a change is refused (403). Marathon's default is 100; here a held one costs little. */
  maxDeployments: number;
  /** PostgreSQL; absent = PGlite in the home. */
  databaseUrl?: string;
  /** Connections that a process has open to PostgreSQL at most, beside the one that listens. */
  databasePool: number;
  /** Where `worker` and `agent` tell of their health; the agent is told there what to do, too. 0 takes a free one. */
  healthPort: number;
  /** Under which the agent's host is reached by API servers, and its instances by everybody. */
  agentHost: string;
  /** Seconds for which an `api` that was told to end serves on, while balancers and clients leave it. */
  drainSeconds: number;
  /** Bytes of a request body. 8 MiB holds a group of 1,000 apps. */
  bodyLimit: number;
  /** How long what has ended is kept. */
  keep: Keeping;
  /** How long ended instances stay with their logs, and how many of an app. */
  keepInstances: Retention;
  /** File of the environments. */
  configFile?: string;
  /** The environment that an agent runs; the default one where it is absent. */
  environment?: string;
}

interface Setting<T> {
  schema: z.ZodType<T, string>;
  /** Follows "must be ". */
  expected: string;
  /** Its value is in no message. */
  secret?: true;
}

const PORT_RANGE = 'a range of ports like 31000-32000, the first not above the last';

/** Both ends included. */
export const portRange = z
  .string()
  .regex(/^\d+-\d+$/, { error: `must be ${PORT_RANGE}` })
  .transform((value) => {
    const [first = 0, last = 0] = value.split('-').map(Number);
    return { first, last };
  })
  .refine(({ first, last }) => first >= 1 && first <= last && last <= 65_535, {
    error: `must be ${PORT_RANGE}`,
  });

const days = wholeNumber(1, 36_500, 'a number of days from 1 to 36500');

const port = (from: number) => wholeNumber(from, 65_535, `a port number from ${from} to 65535`);

const SETTINGS = {
  SLIPWAY_PORT: port(0),
  SLIPWAY_HOST: text(/^[\w.:-]+$/, 'an IP address or host name to listen on, like 127.0.0.1'),
  SLIPWAY_TOKEN: { ...text(/^[\x21-\x7e]+$/, 'visible ASCII characters without spaces'), secret: true },
  SLIPWAY_TEMPORAL_PORT: port(1),
  SLIPWAY_TEMPORAL_UI_PORT: port(1),
  SLIPWAY_HOME: text(/./, 'the path of a folder'),
  SLIPWAY_CPUS: positiveNumber('a number of CPU shares above 0, like 8 or 0.5'),
  SLIPWAY_MEM: positiveNumber('MiB of memory above 0, like 16384'),
  SLIPWAY_DISK: positiveNumber('MiB of disk above 0, like 50000'),
  SLIPWAY_ATTRIBUTES: attributeList(),
  SLIPWAY_INSTANCE_PORTS: { schema: portRange, expected: PORT_RANGE },
  SLIPWAY_LOG_LEVEL: { schema: z.enum(LOG_LEVELS), expected: `one of ${LOG_LEVELS.join(', ')}` },
  SLIPWAY_WORKFLOW_STACKS: { schema: z.enum(['on', 'off']), expected: 'on or off' },
  SLIPWAY_MAX_DEPLOYMENTS: wholeNumber(1, 1_000_000, 'a whole number from 1 to 1000000'),
  SLIPWAY_BODY_LIMIT: wholeNumber(1_024, 1_073_741_824, 'a number of bytes from 1024 to 1073741824'),
  SLIPWAY_CONFIG: text(/./, 'the path of a file'),
  SLIPWAY_ENVIRONMENT: text(/./, 'the name of an environment'),
  SLIPWAY_DATABASE_POOL: wholeNumber(2, 1_000, 'a number of connections from 2 to 1000'),
  SLIPWAY_HEALTH_PORT: port(0),
  SLIPWAY_AGENT_HOST: text(/^[\w.:-]+$/, 'an IP address or host name, like 10.0.0.7'),
  SLIPWAY_DRAIN_SECONDS: wholeNumber(0, 300, 'a number of seconds from 0 to 300'),
  SLIPWAY_KEEP_DEPLOYMENTS_DAYS: days,
  SLIPWAY_KEEP_EVENTS_DAYS: days,
  SLIPWAY_KEEP_KEYS_DAYS: days,
  SLIPWAY_KEEP_GROUP_VERSIONS: wholeNumber(1, 100_000, 'a whole number from 1 to 100000'),
  SLIPWAY_KEEP_INSTANCES: wholeNumber(0, 1_000, 'a whole number from 0 to 1000'),
  SLIPWAY_KEEP_FAILED_INSTANCES: wholeNumber(0, 1_000, 'a whole number from 0 to 1000'),
  SLIPWAY_KEEP_INSTANCES_SECONDS: wholeNumber(1, 31_536_000, 'a number of seconds from 1 to 31536000'),
  DATABASE_URL: {
    ...text(/^postgres(ql)?:\/\/\S+$/, 'a PostgreSQL address like postgres://user:password@host:5432/name'),
    secret: true,
  },
} as const satisfies Record<string, Setting<unknown>>;

/** Read elsewhere: SLIPWAY_API by the CLI. */
const OTHERS = ['SLIPWAY_API'];

type Name = keyof typeof SETTINGS;
type Values = { [N in Name]?: z.infer<(typeof SETTINGS)[N]['schema']> };

/**
 * Reads the configuration; an empty variable counts as unset.
 * Throws one TerminalError `invalid` that names every variable that is wrong, with what would be right.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems = unknownNames(env);
  const config = withDefaults(readValues(env, problems));
  problems.push(...conflicts(config));
  if (problems.length === 0) return config;
  throw new TerminalError('invalid', problems.map(({ errors }) => errors.join(' ')).join('\n'), {
    details: problems,
  });
}

function readValues(env: NodeJS.ProcessEnv, problems: ErrorDetail[]): Values {
  const entries = Object.entries<Setting<unknown>>(SETTINGS).flatMap(
    ([name, { schema, expected, secret }]) => {
      const value = env[name];
      if (!value) return [];
      const parsed = schema.safeParse(value);
      if (parsed.success) return [[name, parsed.data]];
      const given = secret ? 'is not right' : `is "${value}"`;
      problems.push({ path: name, errors: [`${name} ${given}; it must be ${expected}.`] });
      return [];
    },
  );
  return Object.fromEntries(entries) as Values;
}

function withDefaults(values: Values): Config {
  const home = resolve(values.SLIPWAY_HOME ?? '.slipway');
  return {
    port: values.SLIPWAY_PORT ?? 8080,
    host: values.SLIPWAY_HOST ?? '127.0.0.1',
    ...(values.SLIPWAY_TOKEN !== undefined && { token: values.SLIPWAY_TOKEN }),
    temporalPort: values.SLIPWAY_TEMPORAL_PORT ?? 7233,
    temporalUiPort: values.SLIPWAY_TEMPORAL_UI_PORT ?? 8233,
    home,
    capacity: {
      cpus: values.SLIPWAY_CPUS ?? 4 * availableParallelism(),
      mem: values.SLIPWAY_MEM ?? Math.floor(totalmem() / 2 ** 20),
      disk: values.SLIPWAY_DISK ?? diskOf(home),
    },
    attributes: values.SLIPWAY_ATTRIBUTES ?? {},
    instancePorts: values.SLIPWAY_INSTANCE_PORTS ?? { first: 31_000, last: 32_000 },
    logLevel: values.SLIPWAY_LOG_LEVEL ?? 'info',
    workflowStacks: values.SLIPWAY_WORKFLOW_STACKS === 'on',
    maxDeployments: values.SLIPWAY_MAX_DEPLOYMENTS ?? 1_000,
    ...(values.DATABASE_URL !== undefined && { databaseUrl: values.DATABASE_URL }),
    databasePool: values.SLIPWAY_DATABASE_POOL ?? 10,
    healthPort: values.SLIPWAY_HEALTH_PORT ?? 0,
    agentHost: values.SLIPWAY_AGENT_HOST ?? '127.0.0.1',
    drainSeconds: values.SLIPWAY_DRAIN_SECONDS ?? 2,
    bodyLimit: values.SLIPWAY_BODY_LIMIT ?? 8 * 2 ** 20,
    keep: {
      deploymentDays: values.SLIPWAY_KEEP_DEPLOYMENTS_DAYS ?? 90,
      eventDays: values.SLIPWAY_KEEP_EVENTS_DAYS ?? 7,
      keyDays: values.SLIPWAY_KEEP_KEYS_DAYS ?? 7,
      groupVersions: values.SLIPWAY_KEEP_GROUP_VERSIONS ?? 50,
    },
    keepInstances: {
      ended: values.SLIPWAY_KEEP_INSTANCES ?? DEFAULT_RETENTION.ended,
      failed: values.SLIPWAY_KEEP_FAILED_INSTANCES ?? DEFAULT_RETENTION.failed,
      seconds: values.SLIPWAY_KEEP_INSTANCES_SECONDS ?? DEFAULT_RETENTION.seconds,
    },
    ...(values.SLIPWAY_CONFIG !== undefined && { configFile: resolve(values.SLIPWAY_CONFIG) }),
    ...(values.SLIPWAY_ENVIRONMENT !== undefined && { environment: values.SLIPWAY_ENVIRONMENT }),
  };
}

/** What is wrong only together. */
function conflicts(config: Config): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  if (!isLoopback(config.host) && config.token === undefined) {
    const why = `SLIPWAY_HOST is "${config.host}", which other machines can reach, and SLIPWAY_TOKEN is not set`;
    const help = 'Set SLIPWAY_TOKEN to a long random text, or SLIPWAY_HOST to 127.0.0.1.';
    problems.push({ path: 'SLIPWAY_HOST', errors: [`${why}. ${help}`] });
  }
  return [...problems, ...samePorts(config)];
}

function samePorts(config: Config): ErrorDetail[] {
  const users: [string, number][] = [
    ['SLIPWAY_PORT', config.port],
    ['SLIPWAY_TEMPORAL_PORT', config.temporalPort],
    ['SLIPWAY_TEMPORAL_UI_PORT', config.temporalUiPort],
  ];
  return users.flatMap(([name, value], i) => {
    const other = users.slice(0, i).find(([, taken]) => taken === value);
    if (other === undefined) return [];
    return [
      { path: name, errors: [`${name} and ${other[0]} are both ${value}; each needs a port of its own.`] },
    ];
  });
}

function unknownNames(env: NodeJS.ProcessEnv): ErrorDetail[] {
  const known = [...Object.keys(SETTINGS), ...OTHERS];
  return Object.keys(env)
    .filter((name) => name.startsWith('SLIPWAY_') && !known.includes(name))
    .map((name) => ({
      path: name,
      errors: [`${name} is not a setting of Slipway.${suggestion(name, known)}`],
    }));
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = closest(name, known);
  return distance(name, nearest) <= 5
    ? ` Did you mean ${nearest}?`
    : ` The settings are ${known.toSorted().join(', ')}.`;
}

/** MiB of the file system that the home is on, or will be on. */
function diskOf(folder: string): number {
  try {
    const { blocks, bsize } = statfsSync(folder);
    return Math.floor((blocks * bsize) / 2 ** 20);
  } catch {
    return folder === dirname(folder) ? 0 : diskOf(dirname(folder));
  }
}

function text(pattern: RegExp, expected: string): Setting<string> {
  return { schema: z.string().regex(pattern), expected };
}

function wholeNumber(from: number, to: number, expected: string): Setting<number> {
  const schema = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(from).max(to));
  return { schema, expected };
}

function positiveNumber(expected: string): Setting<number> {
  const schema = z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().positive());
  return { schema, expected };
}

/** As Mesos' agents have it: `rack:r1;zone:a`. */
function attributeList(): Setting<Record<string, string>> {
  const schema = z
    .string()
    .regex(/^[\w.-]+:[^;:]+(;[\w.-]+:[^;:]+)*;?$/)
    .transform((value) => {
      const pairs = value.split(';').filter((pair) => pair !== '');
      return Object.fromEntries(pairs.map((pair) => pair.split(':') as [string, string]));
    });
  return { schema, expected: 'names and values like rack:r1;zone:a' };
}
