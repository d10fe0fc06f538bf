import type { PathId, Timestamp } from '../model/app.js';
import type { Change } from '../model/change.js';
import type { Channel, DeploymentOptions, Plan } from '../model/deployment.js';

/** Everything that admission needs to know of a request. */
export interface AdmissionRequest {
  environment: string;
  change: Change;
  /** Marathon's force: supersede the deployments that hold the apps. */
  force: boolean;
  options: DeploymentOptions;
  by: string;
  reason: string;
  channel: Channel;
  /** Deployment that this one rolls back. */
  rollbackOf?: string;
  /** The release over several environments that starts this one; without `wave` it undoes one. */
  parent?: { deployment: string; wave?: number };
  /** `Idempotency-Key` and a hash of the request: a repetition gets the first answer, another request with the key is refused (422). */
  idempotency?: { key: string; fingerprint: string };
  /** W3C's `traceparent` of who asks, where that is traced. */
  trace?: string;
  /** For api_post_event. */
  origin?: { clientIp: string; uri: string; appDefinition?: unknown };
}

/** Committed: nothing can lose it any more. */
export interface Accepted {
  deploymentId: string;
  version: Timestamp;
  affectedApps: PathId[];
  warnings: string[];
  plan: Plan;
  /** True where the Idempotency-Key had been seen and nothing was done. */
  repeated: boolean;
}

export type { PlanPreview } from '../planning/types.js';
