import type { Reasons } from '../reading/fields.js';

const ITS_OWN = 'is written by BCS, and says nothing of what should run';
const NO_COUNTERPART = 'has no counterpart in an app';
const NAMED = 'instances are named by the runtime';

export const METADATA: Reasons = {
  annotations: NO_COUNTERPART,
  creationTimestamp: ITS_OWN,
  clusterName: 'the environment says where an app runs',
};

export const OBJECT: Reasons = {
  restartPolicy: 'an instance that ends is always replaced, with the back-off of the app',
  updatePolicy: 'the strategy of the release says it',
  metricPolicy: NO_COUNTERPART,
  status: ITS_OWN,
};

export const SPEC: Reasons = {
  selector: 'an app finds its instances by its id',
  pauseDeployment: 'is a state of a deployment here: see "slipway pause"',
};

export const TASKGROUP: Reasons = {
  nodeSelector: 'constraints say where instances go',
  processes: 'an app is one container; a process is an app with cmd',
  networktype: 'the runtime has its own network plug-in',
  netLimit: 'traffic is not limited',
};

export const CONTAINER: Reasons = {
  hostname: NAMED,
  imagePullUser: 'the runtime has its own credentials for registries',
  imagePullPasswd: 'the runtime has its own credentials for registries',
  workingDir: 'a program starts in its sandbox, or where the image says',
  cpuset: 'cpus are shares',
  secrets: 'comes from an object of the cluster; an app has files by fetch, and env',
  configmaps: 'comes from an object of the cluster; an app has files by fetch, and env',
  logPathList: 'logs are what the program writes to its outputs',
  isImageCustomed: NO_COUNTERPART,
};
