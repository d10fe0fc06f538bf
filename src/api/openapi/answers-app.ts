import { z } from 'zod';
import { timestamp } from './answers.js';

const count = z.int().min(0);
const strings = z.record(z.string(), z.string());
const pathId = z.string();

const network = z.strictObject({
  mode: z.enum(['host', 'container', 'container/bridge']),
  name: z.string().exactOptional(),
  labels: strings.exactOptional(),
});

const portDefinition = z.strictObject({
  port: z.int(),
  name: z.string().exactOptional(),
  protocol: z.string(),
  labels: strings,
});

const container = z.strictObject({
  type: z.enum(['DOCKER', 'MESOS']),
  docker: z
    .strictObject({
      image: z.string(),
      forcePullImage: z.boolean(),
      privileged: z.boolean(),
      parameters: z.array(z.strictObject({ key: z.string(), value: z.string() })),
    })
    .exactOptional(),
  portMappings: z
    .array(
      z.strictObject({
        containerPort: z.int(),
        hostPort: z.int().exactOptional(),
        servicePort: z.int(),
        name: z.string().exactOptional(),
        protocol: z.string(),
        labels: strings,
      }),
    )
    .exactOptional(),
  volumes: z.array(
    z.strictObject({
      containerPath: z.string(),
      hostPath: z.string().exactOptional(),
      mode: z.enum(['RO', 'RW']),
      persistent: z.strictObject({ size: z.number(), type: z.string().exactOptional() }).exactOptional(),
    }),
  ),
});

const healthCheck = z.strictObject({
  protocol: z.string(),
  path: z.string().exactOptional(),
  portIndex: z.int().exactOptional(),
  portName: z.string().exactOptional(),
  port: z.int().exactOptional(),
  command: z.strictObject({ value: z.string() }).exactOptional(),
  gracePeriodSeconds: z.number(),
  intervalSeconds: z.number(),
  timeoutSeconds: z.number(),
  maxConsecutiveFailures: z.int(),
  delaySeconds: z.number(),
  ipProtocol: z.enum(['IPv4', 'IPv6']),
  ignoreHttp1xx: z.boolean().exactOptional(),
});

const readinessCheck = z.strictObject({
  name: z.string(),
  protocol: z.enum(['HTTP', 'HTTPS']),
  path: z.string(),
  portName: z.string(),
  intervalSeconds: z.number(),
  timeoutSeconds: z.number(),
  httpStatusCodesForReady: z.array(z.int()),
  preserveLastResponse: z.boolean(),
});

const artifact = z.strictObject({
  uri: z.string(),
  extract: z.boolean(),
  executable: z.boolean(),
  cache: z.boolean(),
  destPath: z.string().exactOptional(),
  checksum: z.string().exactOptional(),
});

const limit = z.union([z.number(), z.literal('unlimited')]);

/** Fields of a definition as `/v2` shows it. */
export const definition = {
  id: pathId,
  cmd: z.string().exactOptional(),
  args: z.array(z.string()).exactOptional(),
  user: z.string().exactOptional(),
  container: container.exactOptional(),
  env: z.record(z.string(), z.union([z.string(), z.strictObject({ secret: z.string() })])).exactOptional(),
  secrets: z.record(z.string(), z.strictObject({ source: z.string() })).exactOptional(),
  fetch: z.array(artifact).exactOptional(),
  executor: z.string(),
  instances: count,
  cpus: z.number(),
  mem: z.number(),
  disk: z.number(),
  gpus: count,
  resourceLimits: z.strictObject({ cpus: limit.exactOptional(), mem: limit.exactOptional() }).exactOptional(),
  networks: z.array(network),
  portDefinitions: z.array(portDefinition).exactOptional(),
  requirePorts: z.boolean(),
  healthChecks: z.array(healthCheck).exactOptional(),
  readinessChecks: z.array(readinessCheck).exactOptional(),
  backoffSeconds: z.number(),
  backoffFactor: z.number(),
  maxLaunchDelaySeconds: z.number(),
  taskKillGracePeriodSeconds: z.number().exactOptional(),
  dependencies: z.array(pathId).exactOptional(),
  constraints: z.array(z.array(z.string())).exactOptional(),
  acceptedResourceRoles: z.array(z.string()).exactOptional(),
  labels: strings,
  upgradeStrategy: z.strictObject({
    minimumHealthCapacity: z.number(),
    maximumOverCapacity: z.number().exactOptional(),
  }),
  killSelection: z.enum(['YOUNGEST_FIRST', 'OLDEST_FIRST']),
  unreachableStrategy: z.union([
    z.literal('disabled'),
    z.strictObject({ inactiveAfterSeconds: z.number(), expungeAfterSeconds: z.number() }),
  ]),
  version: timestamp,
};

const versionInfo = z.strictObject({ lastScalingAt: timestamp, lastConfigChangeAt: timestamp });

/** A definition: what `GET /v2/apps/{id}/versions/{version}` shows. */
export const appDefinition = z.strictObject({ ...definition, versionInfo });

const taskState = z.enum([
  'TASK_STAGING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
]);

const checkResult = z.strictObject({
  instanceId: z.string(),
  alive: z.boolean(),
  consecutiveFailures: count,
  firstSuccess: timestamp.exactOptional(),
  lastSuccess: timestamp.exactOptional(),
  lastFailure: timestamp.exactOptional(),
  lastFailureCause: z.string().exactOptional(),
});

export const task = z.strictObject({
  id: z.string(),
  appId: pathId,
  host: z.string(),
  ipAddresses: z.array(z.strictObject({ ipAddress: z.string(), protocol: z.enum(['IPv4', 'IPv6']) })),
  ports: z.array(z.int()),
  servicePorts: z.array(z.int()),
  slaveId: z.string(),
  state: taskState,
  stagedAt: timestamp,
  startedAt: timestamp.exactOptional(),
  version: timestamp,
  healthCheckResults: z.array(checkResult).exactOptional().describe('Absent where the app has no checks.'),
  localVolumes: z.array(z.unknown()).max(0),
});

const taskFailure = z.strictObject({
  appId: pathId,
  host: z.string(),
  message: z.string(),
  state: taskState,
  taskId: z.string(),
  instanceId: z.string(),
  slaveId: z.string(),
  timestamp,
  version: timestamp,
});

export const readinessResult = z.strictObject({
  name: z.string(),
  taskId: z.string(),
  ready: z.boolean(),
  lastResponse: z
    .strictObject({ status: z.int(), contentType: z.string(), body: z.string() })
    .exactOptional(),
});

const statistics = z.strictObject({
  stats: z.strictObject({
    counts: z.strictObject({ staged: count, running: count, healthy: count, unhealthy: count }),
    lifeTime: z.strictObject({ averageSeconds: z.number(), medianSeconds: z.number() }).exactOptional(),
  }),
});

const taskStats = z.strictObject({
  startedAfterLastScaling: statistics.exactOptional(),
  withLatestConfig: statistics.exactOptional(),
  withOutdatedConfig: statistics.exactOptional(),
  totalSummary: statistics.exactOptional(),
});

export const counts = { tasksStaged: count, tasksRunning: count, tasksHealthy: count, tasksUnhealthy: count };
export const deploymentIds = z.array(z.strictObject({ id: z.string() }));

/** A definition with what is embedded in it. */
export const appInfo = z.strictObject({
  ...definition,
  versionInfo: versionInfo.exactOptional().describe('Absent in the answer to POST /v2/apps only.'),
  ...z.object(counts).partial().shape,
  deployments: deploymentIds.exactOptional(),
  tasks: z.array(task).exactOptional(),
  readinessCheckResults: z.array(readinessResult).exactOptional(),
  lastTaskFailure: taskFailure.exactOptional(),
  taskStats: taskStats.exactOptional(),
});
