import { z } from 'zod';
import { MAX_INSTANCES } from '../../model/validate-app.js';
import { hooksSchema } from '../hooks-schema.js';
import { object } from '../parse.js';
import { releaseSchema } from '../release-schema.js';
import * as part from './schema-parts.js';

const amount = z.number().min(0);
const ignored = z.unknown();
const envValue = z.union([z.string(), object({ secret: z.string().min(1) })]);

/** What Marathon adds to an app on the way out and gets back from clients that read, modify and write. */
const outputOnly = {
  version: ignored,
  versionInfo: ignored,
  tasksStaged: ignored,
  tasksRunning: ignored,
  tasksHealthy: ignored,
  tasksUnhealthy: ignored,
  deployments: ignored,
  tasks: ignored,
  lastTaskFailure: ignored,
  readinessCheckResults: ignored,
  taskStats: ignored,
  tasksStats: ignored,
  taskRateLimit: ignored,
};

/** Fields that mean something to Mesos only. */
const mesosOnly = { role: ignored, residency: ignored, storeUrls: z.array(z.string()).max(0) };

const limit = z
  .union([z.number(), z.literal('unlimited')])
  .refine((value) => value === 'unlimited' || value > 0, { error: 'must be above 0, or "unlimited"' });

const fields = {
  cmd: z.string(),
  args: z.array(z.string()),
  user: z.string(),
  instances: z.int().min(0).max(MAX_INSTANCES),
  cpus: amount,
  mem: amount,
  disk: amount,
  gpus: z.int().min(0),
  resourceLimits: object({ cpus: limit.exactOptional(), mem: limit.exactOptional() }),
  executor: z.string(),
  env: z.record(z.string().min(1), envValue),
  labels: z.record(z.string(), z.string()),
  secrets: z.record(z.string().min(1), object({ source: z.string().min(1) })),
  networks: z.array(part.network),
  ipAddress: part.ipAddress,
  portDefinitions: z.array(part.portDefinition),
  ports: z.array(z.int().min(0).max(65_535)),
  requirePorts: z.boolean(),
  container: part.container,
  healthChecks: z.array(part.healthCheck),
  readinessChecks: z.array(part.readinessCheck),
  fetch: z.array(part.artifact),
  uris: z.array(z.string().min(1)),
  dependencies: z.array(z.string().min(1)),
  constraints: z.array(z.array(z.string())),
  acceptedResourceRoles: z.array(z.string().min(1)),
  upgradeStrategy: part.upgradeStrategy,
  backoffSeconds: z.number().min(0),
  backoffFactor: z.number().min(1),
  maxLaunchDelaySeconds: z.number().min(0),
  taskKillGracePeriodSeconds: z.number().min(0),
  hooks: hooksSchema,
  killSelection: z.enum(['YOUNGEST_FIRST', 'OLDEST_FIRST']),
  unreachableStrategy: part.unreachableStrategy,
  stateful: z.boolean(),
  release: releaseSchema,
};

type Optional<Shape> = {
  [Name in keyof Shape]: Shape[Name] extends z.ZodType ? z.ZodExactOptional<Shape[Name]> : never;
};

function optional<Shape extends z.ZodRawShape>(shape: Shape): Optional<Shape> {
  const entries = Object.entries(shape).map(([name, schema]) => [name, z.exactOptional(schema)]);
  return Object.fromEntries(entries) as Optional<Shape>;
}

/**
 * App JSON in Marathon's old and new form, with Slipway's `stateful`, `hooks`, `release` and `fetch[].checksum`. Every
 * field may be absent: what is missing shows after the merge with the present app.
 */
export const appSchema = object(optional({ id: z.string(), ...fields, ...outputOnly, ...mesosOnly }));

/** A list of them. */
export const appListSchema = z.array(appSchema);
export type AppJson = z.output<typeof appSchema>;

export interface GroupJson {
  id?: string;
  apps?: AppJson[];
  groups?: GroupJson[];
  dependencies?: string[];
}

const groupFields = optional({
  id: z.string(),
  apps: z.array(appSchema),
  dependencies: z.array(z.string().min(1)),
  pods: z.array(z.unknown()).max(0),
  version: ignored,
  enforceRole: ignored,
});

/** Group JSON; what a group cannot be changed by (`version`, `enforceRole`) is taken and ignored. */
export const groupSchema: z.ZodType<GroupJson> = object({
  ...groupFields,
  get groups() {
    return z.array(groupSchema).exactOptional();
  },
});
