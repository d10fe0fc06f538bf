import type { ReadinessResult } from '../../model/instance.js';

/** A readiness result with the task that gave it; `lastResponse` only where the check keeps it. */
export function readinessJson(taskId: string, { name, ready, lastResponse }: ReadinessResult) {
  return { name, taskId, ready, ...(lastResponse && { lastResponse }) };
}
