import type { HealthCheck } from '../model/app.js';
import type { CheckResult } from '../model/instance.js';
import type { Answer } from './answer.js';

/** Runs of one health check on one instance so far. */
export interface Health {
  /** Absent until a run counted: then it is neither healthy nor unhealthy (Marathon 1.11). */
  result?: CheckResult;
  /** Why the last run failed, counted or not. */
  cause?: string;
  /** Runs in a row that failed beyond maxConsecutiveFailures: the instance is to be replaced. */
  exceeded: boolean;
  /** Whether the last run was a failure that counted. */
  failed: boolean;
}

export const UNKNOWN: Health = { exceeded: false, failed: false };

/**
 * Takes an answer in; `now` is what the clock shows, `age` for how long the instance has run, both in ms. Failures before the first success do not count during the grace period, and not before
 * one interval (or `delaySeconds`) has passed, because a starting instance is asked faster than its interval.
 * Marathon 1.11 HealthCheckActor: an instance goes on failure number maxConsecutiveFailures + 1; 0 = never.
 */
export function take(
  before: Health,
  answer: Answer,
  check: HealthCheck,
  time: { now: number; age: number },
): Health {
  const at = new Date(time.now).toISOString();
  if (answer.ok) return { result: succeeded(before.result, at), exceeded: false, failed: false };
  const cause = answer.cause ?? 'failed';
  if (isForgiven(before, check, time)) return { ...before, cause, failed: false };
  const failures = before.result?.consecutiveFailures ?? 0;
  const exceeded = check.maxConsecutiveFailures > 0 && failures >= check.maxConsecutiveFailures;
  const result: CheckResult = {
    ...before.result,
    alive: false,
    consecutiveFailures: failures + 1,
    lastFailure: at,
    lastFailureCause: cause,
  };
  return { result, cause, exceeded, failed: true };
}

function isForgiven(before: Health, check: HealthCheck, { age }: { age: number }): boolean {
  if (before.result?.firstSuccess !== undefined) return false;
  const patience = Math.max(check.gracePeriodSeconds, check.delaySeconds, check.intervalSeconds);
  return age < patience * 1000;
}

function succeeded(before: CheckResult | undefined, at: string): CheckResult {
  return {
    ...before,
    alive: true,
    consecutiveFailures: 0,
    firstSuccess: before?.firstSuccess ?? at,
    lastSuccess: at,
  };
}
