import type { Accepted } from '../../admission/types.js';
import type { PathId } from '../../model/app.js';
import { changesOf } from '../../store/deployments.js';
import type { Context } from '../deps.js';
import { warningHeader } from '../http/headers.js';
import type { Answer } from '../http/routing.js';

/** Headers of every answer that created a deployment; Marathon's own integration tests wait on the first. */
export function deploymentHeaders(accepted: Accepted): Record<string, string> {
  return { 'Marathon-Deployment-Id': accepted.deploymentId, ...warningHeader(accepted.warnings) };
}

/** Marathon's DeploymentResult. */
export function deploymentResult(accepted: Accepted): Answer {
  return {
    status: 200,
    headers: deploymentHeaders(accepted),
    body: { version: accepted.version, deploymentId: accepted.deploymentId },
  };
}

/** A DeploymentResult for something that was not there before. */
export function createdResult(accepted: Accepted, location: string): Answer {
  const result = deploymentResult(accepted);
  return { ...result, status: 201, headers: { ...result.headers, Location: location } };
}

/**
 * Whether the deployment made the app. It is read off what the deployment changed rather than off the present state, so
 * that a repeated request gets the status that the first one got; and not off the plan, which also starts what
 * an earlier deployment had made but not started.
 */
export async function creates({ store, config }: Context, accepted: Accepted, app: PathId): Promise<boolean> {
  const { apps } = await changesOf(store.db, config.environment, accepted.deploymentId);
  return apps[app]?.from === null;
}
