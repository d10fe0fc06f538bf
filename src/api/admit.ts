import type { Accepted, AdmissionRequest } from '../admission/types.js';
import type { Change } from '../model/change.js';
import type { DeploymentOptions } from '../model/deployment.js';
import type { Context } from './deps.js';
import { actor } from './http/caller.js';
import type { Call } from './http/routing.js';

/** What a request says of a change beyond the change itself. */
export interface Wish {
  force?: boolean;
  options?: DeploymentOptions;
  /** Who and why as the body says it; the caller's own authorization counts more. */
  by?: string | undefined;
  reason?: string | undefined;
  rollbackOf?: string;
  /** For api_post_event, where the change concerns apps. */
  appDefinition?: unknown;
}

/** Hands a change to admission, with who asks for it and by which request. */
export function admit(context: Context, call: Call, change: Change, wish: Wish): Promise<Accepted> {
  return context.admission.admit(requestOf(context, call, change, wish));
}

/** The request as admission takes it; also for a preview. */
export function requestOf(context: Context, call: Call, change: Change, wish: Wish): AdmissionRequest {
  const { caller } = call;
  const { clientIp, uri, idempotency } = caller;
  return {
    environment: context.config.environment,
    change,
    force: wish.force ?? false,
    options: wish.options ?? {},
    by: actor(caller, wish.by),
    reason: wish.reason ?? caller.reason ?? '',
    channel: caller.channel,
    ...(wish.rollbackOf === undefined ? {} : { rollbackOf: wish.rollbackOf }),
    ...(idempotency === undefined ? {} : { idempotency }),
    ...(wish.appDefinition === undefined
      ? {}
      : { origin: { clientIp, uri, appDefinition: wish.appDefinition } }),
  };
}
