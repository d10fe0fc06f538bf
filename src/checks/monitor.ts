import type { App, HealthCheck, ReadinessCheck } from '../model/app.js';
import type { CheckResult, ReadinessResult } from '../model/instance.js';
import { steady } from '../os/steady.js';
import { type Answer, causeOf, type Limit } from './answer.js';
import { type Health, take, UNKNOWN } from './health.js';
import { nextPause } from './pace.js';

export interface MonitorOptions {
  app: Pick<App, 'healthChecks' | 'readinessChecks'>;
  /** Milliseconds since the instance was started. */
  age: () => number;
  /** It passed its readiness checks before this service was restarted: they are not asked again. */
  wasReady: boolean;
  askHealth: (check: HealthCheck, limit: Limit) => Promise<Answer>;
  askReadiness: (check: ReadinessCheck, limit: Limit) => Promise<Answer>;
  /** What the clock shows: when results came. */
  now: () => number;
  random?: () => number;
  /** Something changed that a reader cares about; a success after a success is none. */
  onChange: () => void;
  onFailure: (check: HealthCheck) => void;
  /** A check failed too often in a row. */
  onExceeded: (reason: string) => void;
}

/** All checks of one instance, from its start until `stop`. */
export interface Monitor {
  /** null while no check has a counted result. */
  healthy(): boolean | null;
  /** Every health check passes and every readiness check passed once. */
  passing(): boolean;
  results(): CheckResult[];
  readiness(): ReadinessResult[];
  /** Why it is not passing. */
  cause(): string | undefined;
  stop(): void;
}

interface Readiness {
  result: ReadinessResult;
  cause?: string;
}

export function startMonitor(options: MonitorOptions): Monitor {
  const { healthChecks, readinessChecks } = options.app;
  const health: Health[] = healthChecks.map(() => UNKNOWN);
  const readiness: Readiness[] = readinessChecks.map(({ name }) => ({
    result: { name, ready: options.wasReady },
  }));
  const stopper = new AbortController();

  healthChecks.forEach((check, index) => {
    repeat(options, check, stopper.signal, async (limit) => {
      const answer = await options.askHealth(check, limit).catch(asFailure);
      if (stopper.signal.aborted) return 'end';
      const before = health[index] ?? UNKNOWN;
      const after = take(before, answer, check, { now: options.now(), age: options.age() });
      health[index] = after;
      if (after.failed) options.onFailure(check);
      if (differs(before, after)) options.onChange();
      if (after.exceeded) options.onExceeded(exceeded(check, after));
      return after.result?.firstSuccess !== undefined || after.failed ? 'passed' : 'again';
    });
  });
  readinessChecks.forEach((check, index) => {
    if (options.wasReady) return;
    repeat(options, check, stopper.signal, async (limit) => {
      const answer = await options.askReadiness(check, limit).catch(asFailure);
      if (stopper.signal.aborted) return 'end';
      const before = readiness[index];
      const after = readinessOf(check, answer);
      readiness[index] = after;
      if (JSON.stringify(before) !== JSON.stringify(after)) options.onChange();
      return answer.ok ? 'end' : 'again';
    });
  });

  const isHealthy = () => health.every(({ result }) => result?.alive === true);
  const isReady = () => readiness.every(({ result }) => result.ready);
  return {
    healthy: () => (health.some(({ result }) => result !== undefined) ? isHealthy() : null),
    passing: () => isHealthy() && isReady(),
    results: () => health.flatMap(({ result }) => (result === undefined ? [] : [result])),
    readiness: () => readiness.map(({ result }) => result),
    cause: () => causeAmong(health, readiness),
    stop: () => stopper.abort(),
  };
}

/** First run at once; then at the pace of `nextPause` until it says end or the monitor is stopped. */
function repeat(
  options: MonitorOptions,
  check: { intervalSeconds: number; timeoutSeconds: number; protocol: string },
  signal: AbortSignal,
  run: (limit: Limit) => Promise<'end' | 'again' | 'passed'>,
): void {
  const random = options.random ?? Math.random;
  let timer: NodeJS.Timeout | undefined;
  let runs = 0;
  const once = async () => {
    const began = steady();
    runs += 1;
    const next = await run({ timeoutMs: check.timeoutSeconds * 1000, signal });
    if (next === 'end' || signal.aborted) return;
    const pause = nextPause(check, runs, next === 'passed', random());
    timer = setTimeout(once, Math.max(0, pause - (steady() - began)));
    timer.unref();
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  void once();
}

/** A question that could not even be put. */
function asFailure(error: unknown): Answer {
  return { ok: false, cause: causeOf(error) };
}

function readinessOf(check: ReadinessCheck, answer: Answer): Readiness {
  const { name, preserveLastResponse } = check;
  const kept = preserveLastResponse && answer.response !== undefined ? { lastResponse: answer.response } : {};
  const cause = answer.ok ? {} : { cause: answer.cause ?? 'failed' };
  return { result: { name, ready: answer.ok, ...kept }, ...cause };
}

/** Times of repeated successes are left out: they change with every run and tell nobody anything. */
function differs(before: Health, after: Health): boolean {
  return (
    before.result?.alive !== after.result?.alive ||
    before.result?.consecutiveFailures !== after.result?.consecutiveFailures ||
    before.cause !== after.cause
  );
}

function exceeded(check: HealthCheck, health: Health): string {
  return `its ${check.protocol} health check failed ${health.result?.consecutiveFailures} times in a row: ${health.cause}`;
}

function causeAmong(health: Health[], readiness: Readiness[]): string | undefined {
  const failing = health.find(({ result }) => result?.alive !== true);
  if (failing !== undefined) return failing.cause ?? 'its health check has not answered yet';
  const waiting = readiness.find(({ result }) => !result.ready);
  return waiting && `readiness check '${waiting.result.name}': ${waiting.cause ?? 'has not answered yet'}`;
}
