import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TerminalError } from '../errors.js';
import { ownVersion } from '../os/own-version.js';
import type { WorkerVersion, WorkflowCode } from './worker.js';

/** Temporal writes a version as `<name>.<build id>`. */
const NAME = /^[^.\s]+$/;
const DIGITS = 12;

/**
 * The version that the variables of Temporal's worker controller name; undefined without `TEMPORAL_DEPLOYMENT_NAME`: then
 * workers have none. A build id that is not given is made of the program's version and of what its workflows are.
 * Throws TerminalError `invalid`.
 */
export function workerVersion(env: NodeJS.ProcessEnv, code: WorkflowCode): WorkerVersion | undefined {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = env;
  if (!deploymentName && !buildId) return undefined;
  if (!deploymentName) throw wrong('TEMPORAL_WORKER_BUILD_ID needs TEMPORAL_DEPLOYMENT_NAME, like slipway.');
  if (!NAME.test(deploymentName)) {
    const text = `TEMPORAL_DEPLOYMENT_NAME is "${deploymentName}"; it must be a name without dots and spaces, like slipway.`;
    throw wrong(text);
  }
  return { deploymentName, buildId: buildId || ownBuildId(code) };
}

/** Another one where the workflows' code is another. */
function ownBuildId(code: WorkflowCode): string {
  if (!('codePath' in code))
    throw wrong('Without a build there is no build id; set TEMPORAL_WORKER_BUILD_ID, or run npm run build.');
  const hash = createHash('sha256').update(readFileSync(code.codePath)).digest('hex');
  return `${ownVersion()}-${hash.slice(0, DIGITS)}`;
}

function wrong(text: string): TerminalError {
  return new TerminalError('invalid', text);
}
