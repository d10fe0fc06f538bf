import { z } from 'zod';
import { ERROR_CODES } from '../../errors.js';
import type { Explanation } from '../../explain/types.js';
import { FORMS } from '../../formats/manifest.js';
import { releaseFields } from '../../formats/release-schema.js';
import {
  ACTIONS,
  CHANNELS,
  COMMANDS,
  DEPLOYMENT_STATES,
  type Deployment,
  GATE_KINDS,
  type LedgerEntry,
} from '../../model/deployment.js';
import { INSTANCE_STATES, type Instance } from '../../model/instance.js';
import type { PlanPreview } from '../../planning/types.js';
import type { Revision } from '../../store/versions.js';
import { pageOf, timestamp } from './answers.js';

const count = z.int().min(0);
const pathId = z.string();

/** The names of a closed set of the model. */
function namesOf<Name extends string>(set: Record<Name, unknown>) {
  return z.enum(Object.keys(set) as [Name, ...Name[]]);
}

/** The error form of `/api` (docs/api.md). */
export const nativeError = z.strictObject({
  message: z.string(),
  code: namesOf(ERROR_CODES),
  details: z.array(z.strictObject({ path: z.string(), errors: z.array(z.string()) })).exactOptional(),
  state: z.string().exactOptional().describe('State of the deployment that the command did not apply to.'),
  deployments: z.array(z.string()).exactOptional().describe('Those that hold the lock.'),
});

const lastResponse = z.strictObject({ status: z.int(), contentType: z.string(), body: z.string() });
const readinessResult = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  lastResponse: lastResponse.exactOptional(),
});

const ordinal = count
  .exactOptional()
  .describe("Of a stateful app's instance: which of 0…n-1 it is, also after it was replaced.");

const instanceFields = {
  id: z.string(),
  app: pathId,
  version: timestamp,
  ordinal,
  state: namesOf(INSTANCE_STATES),
  ready: z.boolean(),
  healthy: z.boolean().nullable().describe('null where there are no checks, or no result yet.'),
  host: z.string(),
  ports: z.array(z.int()),
  stagedAt: timestamp,
  startedAt: timestamp.exactOptional(),
  since: timestamp,
  endedAt: timestamp.exactOptional(),
  pid: z.int().exactOptional(),
  exitStatus: z.int().exactOptional(),
  message: z.string().exactOptional(),
  healthCheckResults: z.array(
    z.strictObject({
      alive: z.boolean(),
      consecutiveFailures: count,
      firstSuccess: timestamp.exactOptional(),
      lastSuccess: timestamp.exactOptional(),
      lastFailure: timestamp.exactOptional(),
      lastFailureCause: z.string().exactOptional(),
    }),
  ),
  readinessResults: z.array(readinessResult),
};

export const instance: z.ZodType<Instance> = z.strictObject(instanceFields);
export const instancePage = pageOf(instance);

/** Instances that a deployment touches. */
export const touchedInstances = z.strictObject({
  items: z.array(z.strictObject({ ...instanceFields, role: z.enum(['old', 'new']) })),
});

const gate = z.strictObject({
  kind: namesOf(GATE_KINDS),
  since: timestamp,
  until: timestamp.exactOptional(),
  // biome-ignore lint/suspicious/noThenProperty: the field has that name in docs/api
  then: z.string().exactOptional().describe('What happens at `until`.'),
  who: z.string().exactOptional().describe('Who can open it.'),
  description: z.string(),
});

const sides = z.strictObject({ running: count, ready: count, wanted: count });

const action = z.strictObject({
  action: namesOf(ACTIONS),
  app: pathId,
  state: z.enum(['pending', 'running', 'done', 'cancelled']),
  description: z.string(),
  batch: count.exactOptional().describe('Counts from 1.'),
  batches: count.exactOptional(),
  old: sides.exactOptional(),
  new: sides.exactOptional(),
  readiness: z
    .array(z.strictObject({ instance: z.string(), results: z.array(readinessResult) }))
    .exactOptional(),
});

const approval = z.strictObject({
  required: count,
  from: z.array(z.string()).describe('Names, or roles.'),
  expiresSeconds: z.number().exactOptional(),
});

const options = z.strictObject({
  ...releaseFields,
  lock: z.enum(['refuse', 'queue', 'supersede']).exactOptional(),
  approval: approval.exactOptional(),
  startAt: timestamp.exactOptional(),
  window: z.string().exactOptional(),
  fast: z.boolean().exactOptional().describe('A rollback without batches and pauses.'),
});

const wave = z.strictObject({
  environment: z.string(),
  gate: z
    .union([z.literal('manual'), z.strictObject({ soakSeconds: z.number() }), z.strictObject({ approval })])
    .exactOptional()
    .describe('What stands before it.'),
  state: z.union([z.literal('pending'), namesOf(DEPLOYMENT_STATES)]),
  deployment: z.string().exactOptional().describe('Its own deployment, in that environment.'),
});

const deploymentFields = {
  id: z.string(),
  environment: z.string(),
  version: timestamp,
  state: namesOf(DEPLOYMENT_STATES),
  description: z.string().describe('A sentence for a person.'),
  affectedApps: z.array(pathId),
  steps: z.array(z.strictObject({ actions: z.array(action) })),
  currentStep: count.describe('Counts from 1; 0 before the first.'),
  totalSteps: count,
  gate: gate.exactOptional(),
  options,
  by: z.string(),
  reason: z.string(),
  warnings: z.array(z.string()),
  acceptedAt: timestamp,
  startedAt: timestamp.exactOptional(),
  endedAt: timestamp.exactOptional(),
  outcome: z.enum(['succeeded', 'failed', 'cancelled', 'superseded']).exactOptional(),
  supersedes: z.array(z.string()).exactOptional(),
  supersededBy: z.string().exactOptional(),
  rollbackOf: z.string().exactOptional(),
  rolledBackBy: z.string().exactOptional(),
  waves: z.array(wave).exactOptional().describe('Of a release over several environments.'),
  parent: z.string().exactOptional().describe('The release that it is a wave of.'),
};
export const deployment: z.ZodType<Deployment> = z.strictObject(deploymentFields);

const notCarriedOver = z
  .array(z.strictObject({ path: z.string(), why: z.string() }))
  .describe('What the file says and could not be taken over.');

/** A deployment as its start is answered. */
export const startedDeployment = z.strictObject({
  ...deploymentFields,
  notCarriedOver: notCarriedOver.exactOptional(),
});
export const deploymentPage = pageOf(deployment);

const extremes = { peakInstances: count, fewestHealthy: count };

const planFields = {
  steps: z.array(
    z.strictObject({
      actions: z.array(
        z.strictObject({
          action: namesOf(ACTIONS),
          app: pathId,
          instances: count,
          batches: z.array(count).describe('Sizes.'),
          restarts: z.boolean(),
          reason: z.string(),
        }),
      ),
    }),
  ),
  ...extremes,
  apps: z.record(z.string(), z.strictObject(extremes)),
  resources: z.strictObject({ cpus: z.number(), mem: z.number(), disk: z.number() }),
  fits: z.boolean(),
  doesNotFit: z.array(
    z.strictObject({ app: pathId, resource: z.string(), wanted: z.number(), free: z.number() }),
  ),
  warnings: z.array(z.string()),
  notCarriedOver,
};

export const planPreview: z.ZodType<PlanPreview> = z.strictObject({
  ...planFields,
  waves: z
    .array(z.strictObject({ environment: z.string(), plan: z.strictObject(planFields) }))
    .exactOptional()
    .describe('What a release over several environments does in each.'),
});

const explainedInstance = z.strictObject({
  id: z.string(),
  version: timestamp,
  ordinal,
  state: z.union([namesOf(INSTANCE_STATES), z.literal('waiting')]),
  check: z.string().exactOptional().describe('The check that it does not pass.'),
  lastAnswer: z.string().exactOptional(),
  exitStatus: z.int().exactOptional(),
  lastLog: z.array(z.string()),
  waitingFor: z.string().exactOptional(),
});

export const explanation: z.ZodType<Explanation> = z.strictObject({
  description: z.string(),
  gate: namesOf(GATE_KINDS).exactOptional(),
  since: timestamp,
  until: timestamp.exactOptional(),
  // biome-ignore lint/suspicious/noThenProperty: the field has that name in docs/api
  then: z.string().exactOptional(),
  canAct: z.array(z.strictObject({ command: namesOf(COMMANDS), who: z.string() })),
  instances: z.array(explainedInstance),
});

const revision: z.ZodType<Revision> = z.strictObject({
  revision: z.int().min(1),
  version: timestamp,
  at: timestamp,
  by: z.string(),
  reason: z.string(),
  deployment: z.string(),
});
export const history = z.strictObject({ items: z.array(revision) });

export const ledgerEntry: z.ZodType<LedgerEntry> = z.strictObject({
  at: timestamp,
  deployment: z.string(),
  app: pathId.exactOptional(),
  by: z.string(),
  channel: z.enum(CHANNELS),
  command: z.string(),
  reason: z.string().exactOptional(),
  description: z.string(),
});
export const ledgerPage = pageOf(ledgerEntry);

export const template = z.strictObject({
  name: z.string(),
  app: z.record(z.string(), z.unknown()).describe('App JSON with `{{parameter}}` places.'),
  description: z.string(),
  parameters: z.array(z.string()),
  updatedAt: timestamp,
  by: z.string(),
});
export const templateList = z.strictObject({ items: z.array(template) });

/** An app as a file. */
export const exported = z.strictObject({
  form: z.enum(FORMS),
  text: z.string(),
  notCarriedOver,
});

const amounts = z.strictObject({
  cpus: z.number(),
  mem: z.number().describe('MiB.'),
  disk: z.number().describe('MiB.'),
  ports: z.number(),
});

export const environmentList = z.strictObject({
  items: z.array(
    z.strictObject({
      name: z.string(),
      runtime: z.string(),
      default: z.boolean(),
      production: z.boolean(),
      capacity: amounts,
      taken: amounts,
    }),
  ),
});

export const serviceStatus = z.strictObject({
  version: z.string(),
  environment: z.string(),
  url: z.string(),
  database: z.boolean(),
  temporal: z.boolean(),
  temporalAddress: z.string(),
  temporalUi: z.string().exactOptional(),
});

export const stopped = z.strictObject({ stopped: count });

export const startPageAnswer = z.strictObject({
  name: z.string(),
  version: z.string(),
  links: z.array(z.strictObject({ path: z.string(), text: z.string() })),
});
