import { stringify } from 'yaml';
import type { App } from '../../model/app.js';
import { isHostNetwork } from '../../model/defaults.js';
import type { Notes } from '../reading/notes.js';
import { noteUnsaid, noteUnsaidRelease } from '../reading/unsaid.js';
import { defined } from '../reading/values.js';
import { hostFolders, nameOf, nearestRolling, variables } from '../reading/write-parts.js';
import { portsOf } from '../reading/write-ports.js';
import { lifecycleJson } from './lifecycle.js';
import { resourcesJson } from './resources.js';
import { probes } from './write-probes.js';
import { type ClaimedVolume, claimedVolumes, claimTemplate, statefulRelease } from './write-stateful.js';

/** Label that the selector needs; every object of an app may have it. */
const NAME_LABEL = 'app.kubernetes.io/name';
/** Marathon's default, which an app without its own has; Kubernetes' would be 30. */
const GRACE_SECONDS = 3;
const LABEL_NAME = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

const UNSAID = {
  user: 'securityContext has numbers, not names',
  executor: 'belongs to Mesos',
  acceptedResourceRoles: 'belongs to Mesos',
  fetch: 'artifacts must be in the image',
  secrets: "secrets are kept in the cluster's own store",
  dependencies: 'objects do not depend on each other',
  constraints: 'where pods go is said by affinity, which is not written',
  backoffSeconds: 'the cluster has its own back-off',
  backoffFactor: 'the cluster has its own back-off',
  maxLaunchDelaySeconds: 'the cluster has its own back-off',
  killSelection: 'the cluster chooses which pods end',
  unreachableStrategy: 'the cluster decides when a node is gone',
} as const satisfies Partial<Record<keyof App, string>>;

/** An app as the YAML of a Deployment of apps/v1, a stateful one as that of a StatefulSet. */
export function writeKubernetes(app: App, notes: Notes): string {
  const { name, namespace } = nameOf(app, notes);
  const labels = labelsOf(app, notes);
  const selector = { [NAME_LABEL]: name };
  const claimed = app.stateful ? claimedVolumes(app, notes) : [];
  noteUnsaid(app, notes, UNSAID);
  noteUnsaidRelease(app, notes, ['pauseMode', 'failureBudget', 'holdSeconds', 'onFailure']);
  const object = {
    apiVersion: 'apps/v1',
    kind: app.stateful ? 'StatefulSet' : 'Deployment',
    metadata: { name, ...(namespace && { namespace }), ...(Object.keys(labels).length > 0 && { labels }) },
    spec: {
      replicas: app.instances,
      ...(app.stateful ? statefulRelease(app, notes) : release(app, notes)),
      ...(app.stateful && { serviceName: name }),
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: { ...labels, ...selector } },
        spec: podSpec(app, name, claimed, notes),
      },
      ...(claimed.length > 0 && { volumeClaimTemplates: claimed.map(claimTemplate) }),
    },
  };
  return stringify(object, { lineWidth: 0 });
}

function labelsOf(app: App, notes: Notes): Record<string, string> {
  const kept = Object.entries(app.labels).filter(([name, value]) => {
    const fits = LABEL_NAME.test(name) && LABEL_VALUE.test(value);
    if (!fits) notes.leave(`/labels/${name}`, 'is no label that Kubernetes takes');
    return fits;
  });
  return Object.fromEntries(kept);
}

function release(app: App, notes: Notes) {
  const rolling = nearestRolling(app, notes);
  for (const field of ['order', 'intervalSeconds', 'manual'] as const) {
    if (rolling?.[field]) notes.leave(`/release/strategy/${field}`, 'RollingUpdate has no such setting');
  }
  const strategy = rolling
    ? {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: rolling.maxSurge, maxUnavailable: rolling.maxUnavailable },
      }
    : { type: 'Recreate' };
  const { minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit } = app.release ?? {};
  return { ...defined({ minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit }), strategy };
}

function podSpec(app: App, name: string, claimed: ClaimedVolume[], notes: Notes) {
  const image = app.container?.docker !== undefined;
  const folders = hostFolders(app, notes, { saysOwn: app.stateful === true });
  const volumes = folders.map((folder, index) => ({ ...folder, name: `volume-${index}` }));
  if (isHostNetwork(app) && image && !app.requirePorts && app.portDefinitions.length > 0) {
    notes.leave('/requirePorts', "pods on the host's network take exactly their ports");
  }
  return {
    ...(isHostNetwork(app) && (image || app.requirePorts) && { hostNetwork: true }),
    terminationGracePeriodSeconds: Math.ceil(app.taskKillGracePeriodSeconds ?? GRACE_SECONDS),
    containers: [containerOf(app, name.replaceAll('.', '-'), [...volumes, ...claimed], notes)],
    ...(volumes.length > 0 && {
      volumes: volumes.map((volume) => ({ name: volume.name, hostPath: { path: volume.hostPath } })),
    }),
  };
}

interface Mount {
  name: string;
  containerPath: string;
  readOnly: boolean;
}

function containerOf(app: App, name: string, volumes: Mount[], notes: Notes) {
  const env = variables(app, notes);
  const ports = portsOf(app, notes);
  return {
    name,
    ...imageOf(app, notes),
    ...(app.cmd !== undefined && { command: ['/bin/sh', '-c', app.cmd] }),
    ...(app.args && { args: app.args }),
    ...(ports.length > 0 && { ports }),
    ...(env.length > 0 && { env }),
    resources: resourcesJson(app),
    ...probes(app, notes),
    ...lifecycleJson(app, notes),
    ...(volumes.length > 0 && {
      volumeMounts: volumes.map(({ containerPath, readOnly, name: volume }) => ({
        name: volume,
        mountPath: containerPath,
        ...(readOnly && { readOnly }),
      })),
    }),
  };
}

function imageOf(app: App, notes: Notes) {
  const docker = app.container?.docker;
  if (!docker) {
    notes.leave('/container', 'there is no image; Kubernetes needs one');
    return {};
  }
  if (docker.parameters.length > 0) notes.leave('/container/docker/parameters', 'belong to Docker');
  return {
    image: docker.image,
    imagePullPolicy: docker.forcePullImage ? 'Always' : 'IfNotPresent',
    ...(docker.privileged && { securityContext: { privileged: true } }),
  };
}
