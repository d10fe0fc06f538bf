import type { App, HealthCheck } from '../../model/app.js';
import { isHostNetwork } from '../../model/defaults.js';
import type { Notes } from '../reading/notes.js';
import { noteUnsaid, noteUnsaidRelease } from '../reading/unsaid.js';
import { hostFolders, nameOf, nearestRolling, variables } from '../reading/write-parts.js';
import { checkedPort, portsOf } from '../reading/write-ports.js';
import { resourcesJson } from './resources.js';
import { constraintJson } from './write-constraints.js';

const UNSAID = {
  user: 'the image says who it is',
  executor: 'belongs to Mesos',
  acceptedResourceRoles: 'belongs to Mesos',
  gpus: 'resources are cpu, memory and storage',
  fetch: 'artifacts must be in the image',
  secrets: "secrets are kept in the cluster's own store",
  dependencies: 'objects do not depend on each other',
  readinessChecks: 'health checks are the only ones',
  hooks: 'taskgroups have none',
  backoffSeconds: 'is said by restartPolicy, which is not written',
  backoffFactor: 'is said by restartPolicy, which is not written',
  maxLaunchDelaySeconds: 'is said by restartPolicy, which is not written',
  killSelection: 'the scheduler chooses which taskgroups end',
  stateful: 'instances have no numbers that stay theirs',
  unreachableStrategy: 'the scheduler decides when a host is gone',
} as const satisfies Partial<Record<keyof App, string>>;

/** An app as a BCS deployment of version v4. */
export function writeBcs(app: App, notes: Notes) {
  const { name, namespace = 'defaultGroup' } = nameOf(app, notes);
  const metadata = { name, namespace, labels: app.labels };
  noteUnsaid(app, notes, UNSAID);
  noteUnsaidRelease(app, notes, [
    'pauseMode',
    'failureBudget',
    'holdSeconds',
    'onFailure',
    'minReadySeconds',
    'progressDeadlineSeconds',
    'revisionHistoryLimit',
  ]);
  return {
    apiVersion: 'v4',
    kind: 'deployment',
    metadata,
    ...constraintJson(app, notes),
    ...(app.taskKillGracePeriodSeconds !== undefined && {
      killPolicy: { gracePeriod: Math.ceil(app.taskKillGracePeriodSeconds) },
    }),
    spec: {
      instance: app.instances,
      strategy: strategyOf(app, notes),
      template: { metadata, spec: taskgroup(app, notes) },
    },
  };
}

/** BCS counts; percentages are those of the present number of instances, at least 1 as BCS takes 0 for 1. */
function strategyOf(app: App, notes: Notes) {
  const rolling = nearestRolling(app, notes);
  if (!rolling) return { type: 'Recreate' };
  const count = (name: 'maxSurge' | 'maxUnavailable', round: (share: number) => number): number => {
    const stated = rolling[name];
    const exact =
      typeof stated === 'number' ? stated : round((Number.parseFloat(stated) / 100) * app.instances);
    const written = Math.max(1, exact);
    if (written === stated) return written;
    notes.leave(`/release/strategy/${name}`, `is written as ${written}: BCS has counts, and none below 1`);
    return written;
  };
  return {
    type: 'RollingUpdate',
    rollingupdate: {
      maxUnavailable: count('maxUnavailable', Math.floor),
      maxSurge: count('maxSurge', Math.ceil),
      ...(rolling.intervalSeconds !== undefined && { upgradeDuration: Math.ceil(rolling.intervalSeconds) }),
      ...(rolling.order && { rollingOrder: rolling.order }),
      ...(rolling.manual !== undefined && { rollingManually: rolling.manual }),
    },
  };
}

function taskgroup(app: App, notes: Notes) {
  const docker = app.container?.docker;
  const host = isHostNetwork(app);
  if (!docker) notes.leave('/container', 'there is no image; BCS needs one');
  if (host && docker && !app.requirePorts && app.portDefinitions.length > 0) {
    notes.leave('/requirePorts', "a taskgroup on the host's network takes exactly its ports");
  }
  const ports = portsOf(app, notes);
  return {
    containers: [
      {
        ...program(app),
        env: variables(app, notes),
        ...(docker && {
          type: app.container?.type ?? 'DOCKER',
          image: docker.image,
          imagePullPolicy: docker.forcePullImage ? 'Always' : 'IfNotPresent',
          privileged: docker.privileged,
          parameters: docker.parameters,
        }),
        ports,
        healthChecks: app.healthChecks.flatMap((check, index) => checkJson(app, check, index, notes) ?? []),
        resources: resourcesJson(app, notes),
        volumes: hostFolders(app, notes).map(({ hostPath, containerPath, readOnly }, index) => ({
          name: `volume-${index}`,
          volume: { hostPath, mountPath: containerPath, readOnly },
        })),
      },
    ],
    ...((docker || app.requirePorts) && { networkMode: host ? 'HOST' : 'BRIDGE' }),
  };
}

function program(app: App) {
  if (app.cmd !== undefined) return { command: '/bin/sh', args: ['-c', app.cmd] };
  const [command, ...args] = app.args ?? [];
  return command === undefined ? {} : { command, args };
}

function checkJson(app: App, check: HealthCheck, index: number, notes: Notes) {
  const question = asked(app, check);
  if (!question) {
    notes.leave(`/healthChecks(${index})`, 'asks a port that is chosen at the start, which cannot be said');
    return undefined;
  }
  if (check.ignoreHttp1xx)
    notes.leave(`/healthChecks(${index})/ignoreHttp1xx`, 'checks have no such setting');
  return {
    ...question,
    delaySeconds: Math.ceil(check.delaySeconds),
    gracePeriodSeconds: Math.ceil(check.gracePeriodSeconds),
    intervalSeconds: Math.ceil(check.intervalSeconds),
    timeoutSeconds: Math.ceil(check.timeoutSeconds),
    consecutiveFailures: check.maxConsecutiveFailures,
  };
}

function asked(app: App, check: HealthCheck) {
  if (check.protocol === 'COMMAND') return { type: 'COMMAND', command: { value: check.command ?? '' } };
  const found = checkedPort(check, app);
  if (found === undefined) return undefined;
  const port = typeof found === 'number' ? { port: found } : { portName: found };
  switch (check.protocol) {
    case 'TCP':
    case 'MESOS_TCP':
      return { type: 'TCP', tcp: port };
    case 'HTTP':
    case 'MESOS_HTTP':
      return { type: 'HTTP', http: { ...port, scheme: 'http', path: check.path ?? '/' } };
    case 'HTTPS':
    case 'MESOS_HTTPS':
      return { type: 'HTTP', http: { ...port, scheme: 'https', path: check.path ?? '/' } };
  }
}
