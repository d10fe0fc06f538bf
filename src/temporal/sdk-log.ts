import { DefaultLogger, type LogEntry, type LogMetadata } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Parts of the SDK that speak for our own code; what the others tell at INFO is about pollers. */
const OURS = new Set(['workflow', 'activity']);
/** Failures that are ends which a deployment may come to: what they say may hold the last words of a program. */
const EXPECTED = new Set(['BatchFailed', 'DeploymentFailed', 'WaveFailed']);

/** Sends the SDK's log, and that of workflows and activities, to ours. */
export function sdkLogger(log: Logger): DefaultLogger {
  const level = log.isLevelEnabled('debug') ? 'DEBUG' : log.isLevelEnabled('info') ? 'INFO' : 'WARN';
  return new DefaultLogger(level, (entry) => write(log, entry));
}

/** A worker for activities alone is what we want, and nothing to warn of. */
function write(log: Logger, { level, message, meta = {} }: LogEntry): void {
  if (message.startsWith('No workflows registered')) return;
  const fields = fieldsOf(meta);
  if ('failure' in fields) log.debug(fields, message);
  else if (level === 'ERROR') log.error(fields, message);
  else if (level === 'WARN') log.warn(fields, message);
  else if (level === 'INFO' && OURS.has(String(meta.sdkComponent))) log.info(fields, message);
  else log.debug(fields, message);
}

/** By our names: a workflow's id is the deployment's. What only Temporal could use is left out. */
function fieldsOf(meta: LogMetadata): object {
  const { sdkComponent, namespace, taskToken, activityId, isLocal, workflowRunId, ...known } = meta;
  const { workflowId, workflowType, activityType, runId, updateId, updateName, ...more } = known;
  const { taskQueue, error, ...rest } = more;
  return {
    ...(workflowId === undefined ? { taskQueue } : { deployment: workflowId }),
    ...(activityType === undefined ? {} : { activity: activityType }),
    ...rest,
    ...errorFields(error),
  };
}

function errorFields(error: unknown): object {
  if (error === undefined) return {};
  const type = error instanceof Error && 'type' in error ? String(error.type) : undefined;
  return type !== undefined && EXPECTED.has(type) ? { failure: type } : { err: error };
}
