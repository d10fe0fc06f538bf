import { z } from 'zod';
import { ACTIONS } from '../../model/deployment.js';
import { timestamp } from './answers.js';
import {
  appDefinition,
  appInfo,
  counts,
  definition,
  deploymentIds,
  readinessResult,
  task,
} from './answers-app.js';

const count = z.int().min(0);
const pathId = z.string();

/** The error form of `/v2`. */
export const marathonError = z.strictObject({
  message: z.string(),
  details: z
    .union([z.string(), z.array(z.strictObject({ path: z.string(), errors: z.array(z.string()) }))])
    .exactOptional(),
  deployments: z
    .array(z.strictObject({ id: z.string() }))
    .exactOptional()
    .describe('Those that hold the lock.'),
});

export const deploymentResult = z.strictObject({ version: timestamp, deploymentId: z.string() });

/** The answer to POST /v2/apps: counts and the deployment, no tasks and no versionInfo. */
export const createdApp = z.strictObject({ ...definition, ...counts, deployments: deploymentIds });

export const appAnswer = z.strictObject({ app: appInfo });
export const appsAnswer = z.strictObject({ apps: z.array(appInfo) });
export const appsOfGroupAnswer = z.strictObject({ '*': z.array(appInfo) });
const taskAnswer = z.strictObject({ task });
export const tasksAnswer = z.strictObject({ tasks: z.array(task) });
export const versionsAnswer = z.strictObject({ versions: z.array(timestamp) });
export const versionList = z.array(timestamp);

/** What a kill answers: the tasks that were killed, or with `scale` the deployment. */
export const killedTasks = z.union([tasksAnswer, deploymentResult]);
export const killedTask = z.union([taskAnswer, deploymentResult]);

interface Group {
  id: string;
  apps?: z.output<typeof appInfo>[];
  pods: unknown[];
  groups?: Group[];
  dependencies: string[];
  version: string;
}

export const group: z.ZodType<Group> = z.strictObject({
  id: pathId,
  apps: z.array(appInfo).exactOptional(),
  pods: z.array(z.unknown()).max(0),
  get groups() {
    return z.array(group).exactOptional();
  },
  dependencies: z.array(pathId),
  version: timestamp,
});

const action = {
  action: z.enum(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]),
  app: pathId,
};
const step = z.strictObject({ actions: z.array(z.strictObject(action)) });

/** What a dry run answers. */
const planSteps = z.strictObject({ steps: z.array(step) });

/** What PUT of a group answers. */
export const groupChanged = z.union([deploymentResult, planSteps]);

export const marathonDeployment = z.strictObject({
  id: z.string(),
  version: timestamp,
  affectedApps: z.array(pathId),
  affectedPods: z.array(z.unknown()).max(0),
  steps: z.array(step),
  currentActions: z.array(z.strictObject({ ...action, readinessCheckResults: z.array(readinessResult) })),
  currentStep: count.describe('Counts from 1; 0 before the first.'),
  totalSteps: count,
});
export const marathonDeployments = z.array(marathonDeployment);

const rejections = z.array(z.strictObject({ reason: z.string(), declined: count, processed: count }));

export const queueAnswer = z.strictObject({
  queue: z.array(
    z.strictObject({
      count,
      delay: z.strictObject({ timeLeftSeconds: count, overdue: z.boolean() }),
      since: timestamp,
      processedOffersSummary: z.strictObject({
        processedOffersCount: count,
        unusedOffersCount: count,
        rejectSummaryLastOffers: rejections,
        rejectSummaryLaunchAttempt: rejections,
      }),
      app: appDefinition,
    }),
  ),
});

export const infoAnswer = z.strictObject({
  name: z.string(),
  version: z.string(),
  buildref: z.string(),
  elected: z.boolean(),
  leader: z.string(),
  frameworkId: z.string(),
  marathon_config: z.record(z.string(), z.unknown()),
  zookeeper_config: z.record(z.string(), z.unknown()),
  http_config: z.strictObject({ http_port: z.int() }),
});

export const leaderAnswer = z.strictObject({ leader: z.string() });
export const messageAnswer = z.strictObject({ message: z.string() });

/** The form of Marathon's `/metrics`. */
export const metricsAnswer = z.strictObject({
  version: z.string(),
  counters: z.record(z.string(), z.strictObject({ count: z.number() })),
  gauges: z.record(z.string(), z.strictObject({ value: z.number() })),
  meters: z.record(z.string(), z.unknown()),
  histograms: z.record(z.string(), z.unknown()),
  timers: z.record(z.string(), z.unknown()),
});
