import { z } from 'zod';
import { object } from '../parse.js';

const strings = z.record(z.string(), z.string());
const seconds = z.number().min(0).max(31_536_000);
const port = z.int().min(0).max(65_535);
const protocol = z.enum(['tcp', 'udp', 'udp,tcp']).default('tcp');
const portName = z
  .string()
  .regex(/^[a-z0-9-]+$/, { error: "must fully match regular expression '^[a-z0-9-]+$'" });

export const portDefinition = object({
  port: port.default(0),
  name: portName.exactOptional(),
  protocol,
  labels: strings.default({}),
});

const portMapping = object({
  containerPort: port.default(0),
  hostPort: port.exactOptional(),
  servicePort: port.default(0),
  name: portName.exactOptional(),
  protocol,
  labels: strings.default({}),
  networkNames: z.array(z.string()).max(0).exactOptional(),
});

const volume = object({
  containerPath: z.string().min(1),
  hostPath: z.string().min(1).exactOptional(),
  mode: z.enum(['RO', 'RW']).default('RW'),
  persistent: object({ size: z.number().min(0), type: z.enum(['root']).exactOptional() }).exactOptional(),
});

const docker = object({
  image: z.string().min(1),
  network: z.enum(['BRIDGE', 'HOST', 'USER']).exactOptional(),
  portMappings: z.array(portMapping).exactOptional(),
  forcePullImage: z.boolean().default(false),
  privileged: z.boolean().default(false),
  parameters: z.array(object({ key: z.string(), value: z.string() })).default([]),
});

export const container = object({
  type: z.enum(['DOCKER', 'MESOS']).exactOptional(),
  docker: docker.exactOptional(),
  portMappings: z.array(portMapping).exactOptional(),
  volumes: z.array(volume).default([]),
});

export const network = object({
  mode: z.enum(['host', 'container', 'container/bridge']).default('container'),
  name: z.string().min(1).exactOptional(),
  labels: strings.default({}),
});

const discoveryPort = object({
  number: port,
  name: portName.exactOptional(),
  protocol,
  labels: strings.default({}),
});

/** The way of before 1.5 to state a network. */
export const ipAddress = object({
  networkName: z.string().exactOptional(),
  groups: z.array(z.string()).default([]),
  labels: strings.default({}),
  discovery: object({ ports: z.array(discoveryPort).default([]) }).exactOptional(),
});

const command = z.union([object({ value: z.string().min(1) }), z.string().min(1)]);

export const healthCheck = object({
  protocol: z
    .enum(['HTTP', 'HTTPS', 'TCP', 'COMMAND', 'MESOS_HTTP', 'MESOS_HTTPS', 'MESOS_TCP'])
    .default('HTTP'),
  path: z.string().exactOptional(),
  portIndex: z.int().min(0).exactOptional(),
  portName: portName.exactOptional(),
  port: z.int().min(1).max(65_535).exactOptional(),
  command: command.exactOptional(),
  gracePeriodSeconds: seconds.default(300),
  intervalSeconds: seconds.default(60),
  timeoutSeconds: seconds.default(20),
  maxConsecutiveFailures: z.int().min(0).default(3),
  delaySeconds: seconds.default(15),
  ipProtocol: z.enum(['IPv4', 'IPv6']).default('IPv4'),
  ignoreHttp1xx: z.boolean().default(false),
});

export const readinessCheck = object({
  name: z.string().min(1).default('readinessCheck'),
  protocol: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
  path: z.string().default('/'),
  portName: portName.default('http-api'),
  intervalSeconds: seconds.default(30),
  timeoutSeconds: seconds.default(10),
  httpStatusCodesForReady: z.array(z.int().min(100).max(999)).min(1).default([200]),
  preserveLastResponse: z.boolean().default(false),
});

export const artifact = object({
  uri: z.string().min(1),
  extract: z.boolean().default(true),
  executable: z.boolean().default(false),
  cache: z.boolean().default(false),
  destPath: z.string().min(1).exactOptional(),
  checksum: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be "sha256:" and 64 hexadecimal digits' })
    .exactOptional(),
});

const fraction = z.number().min(0).max(1);
export const upgradeStrategy = object({
  minimumHealthCapacity: fraction.default(1),
  maximumOverCapacity: fraction.exactOptional(),
});

export const unreachableStrategy = z.union([
  z.literal('disabled'),
  object({ inactiveAfterSeconds: seconds.default(0), expungeAfterSeconds: seconds.default(0) }),
]);
