import type { Reasons } from '../reading/fields.js';

const ITS_OWN = 'is written by the cluster, and says nothing of what should run';
const SCHEDULING = 'says where pods go; here the runtime and constraints do';
const NO_COUNTERPART = 'has no counterpart in an app';
const IDENTITY = 'instances run with the rights that the runtime gives';
const ONE_CONTAINER = 'an app is one container; what others do must be in its image or an app of its own';
const VOLUME = 'a volume is a folder of the host that belongs to one ordinal';
const DATA = 'comes from an object of the cluster; an app has files by fetch, and env';

function all(why: string, ...names: string[]): Reasons {
  return Object.fromEntries(names.map((name) => [name, why]));
}

export const METADATA: Reasons = {
  ...all(ITS_OWN, 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'),
  ...all(ITS_OWN, 'ownerReferences', 'deletionTimestamp'),
  ...all(NO_COUNTERPART, 'annotations', 'finalizers', 'generateName'),
};

export const OBJECT: Reasons = { status: ITS_OWN };

export const SPEC: Reasons = {
  selector: 'an app finds its instances by its id',
  paused: 'is a state of a deployment here: see "slipway pause"',
  serviceName: 'instances have no DNS names of their own',
};

export const CLAIM: Reasons = {
  ...all(VOLUME, 'accessModes', 'storageClassName', 'volumeName', 'volumeMode', 'selector'),
  ...all(VOLUME, 'dataSource', 'dataSourceRef', 'volumeAttributesClassName'),
};

export const POD: Reasons = {
  imagePullSecrets: 'the runtime has its own credentials for registries',
  ...all(ONE_CONTAINER, 'initContainers', 'ephemeralContainers', 'shareProcessNamespace'),
  ...all(SCHEDULING, 'affinity', 'nodeSelector', 'nodeName', 'tolerations', 'topologySpreadConstraints'),
  ...all(SCHEDULING, 'priority', 'priorityClassName', 'preemptionPolicy', 'schedulerName', 'schedulingGates'),
  ...all(SCHEDULING, 'runtimeClassName', 'overhead', 'resourceClaims', 'os'),
  ...all(IDENTITY, 'serviceAccountName', 'serviceAccount', 'automountServiceAccountToken', 'securityContext'),
  ...all(IDENTITY, 'hostPID', 'hostIPC', 'hostUsers'),
  ...all(
    NO_COUNTERPART,
    'dnsPolicy',
    'dnsConfig',
    'hostAliases',
    'hostname',
    'subdomain',
    'setHostnameAsFQDN',
  ),
  ...all(NO_COUNTERPART, 'activeDeadlineSeconds', 'enableServiceLinks', 'readinessGates', 'resources'),
};

export const CONTAINER: Reasons = {
  envFrom: DATA,
  workingDir: 'a program starts in its sandbox, or where the image says',
  ...all(IDENTITY, 'securityContext'),
  ...all(NO_COUNTERPART, 'stdin', 'stdinOnce', 'tty', 'terminationMessagePath', 'terminationMessagePolicy'),
  ...all(NO_COUNTERPART, 'volumeDevices', 'resizePolicy', 'restartPolicy'),
};

export const PROBE: Reasons = {
  grpc: 'checks are HTTP, HTTPS, TCP or commands',
  terminationGracePeriodSeconds: 'the grace period of the app holds',
  successThreshold: 'one success is enough',
};

export const HTTP_GET: Reasons = {
  host: 'the instance itself is asked',
  httpHeaders: 'checks send no headers of their own',
};

export const ENV_FROM = DATA;
export { ONE_CONTAINER };
