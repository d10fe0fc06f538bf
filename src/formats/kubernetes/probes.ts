import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import type { Ports } from '../reading/ports.js';
import { shown } from '../reading/values.js';
import { commandQuestion, httpQuestion, type Question, tcpQuestion } from './handlers.js';
import { PROBE } from './reasons.js';

type HealthCheckInput = NonNullable<AppInput['healthChecks']>[number];

interface Probe {
  fields: Fields;
  question: Question;
  delaySeconds: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

/** Codes that Kubernetes takes for a success, as far as they have a meaning. */
const SUCCESS = [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308];

/**
 * Checks that do what the probes do. Liveness is a health check. Readiness by HTTP is a readiness check, any other a health
 * check that never kills; where it asks what liveness asks, one health check does for both.
 */
export function checks(container: Fields, ports: Ports): Pick<AppInput, 'healthChecks' | 'readinessChecks'> {
  const liveness = probe(container, 'livenessProbe');
  const readiness = probe(container, 'readinessProbe');
  const startup = probe(container, 'startupProbe');
  const healthChecks: HealthCheckInput[] = [];
  if (liveness)
    healthChecks.push(healthCheck(liveness, liveness.failureThreshold, ports, grace(liveness, startup)));
  else if (startup)
    startup.fields.notes.leave(
      startup.fields.path,
      'is the grace period of a livenessProbe, and there is none',
    );
  if (!readiness) return { healthChecks };
  if (liveness && same(liveness, readiness)) {
    notePace(liveness, readiness);
    return { healthChecks };
  }
  if (readiness.question.protocol === 'HTTP' || readiness.question.protocol === 'HTTPS') {
    return { healthChecks, readinessChecks: [readinessCheck(readiness, readiness.question, ports)] };
  }
  return { healthChecks: [...healthChecks, healthCheck(readiness, 0, ports, readiness.delaySeconds)] };
}

function probe(container: Fields, name: string): Probe | undefined {
  const fields = container.object(name);
  if (!fields) return undefined;
  const question = httpQuestion(fields) ?? tcpQuestion(fields) ?? commandQuestion(fields);
  const found = {
    fields,
    delaySeconds: fields.number('initialDelaySeconds') ?? 0,
    intervalSeconds: fields.number('periodSeconds', { min: 1 }) ?? 10,
    timeoutSeconds: fields.number('timeoutSeconds', { min: 1 }) ?? 1,
    failureThreshold: fields.number('failureThreshold', { min: 1, max: 100_000 }) ?? 3,
  };
  if (fields.number('successThreshold', { max: 100_000 }) === 1) fields.any('successThreshold');
  else fields.leave('successThreshold', PROBE.successThreshold ?? '');
  if (!question && !('grpc' in fields.value)) {
    fields.notes.refuse(fields.path, 'must have one of httpGet, tcpSocket and exec');
  }
  fields.rest(PROBE);
  return question && { ...found, question };
}

/** Failures before the first success are forgiven as long as a startupProbe that asks the same would wait. */
function grace(liveness: Probe, startup: Probe | undefined): number {
  if (!startup) return liveness.delaySeconds;
  if (same(liveness, startup))
    return startup.delaySeconds + startup.intervalSeconds * startup.failureThreshold;
  startup.fields.notes.leave(
    startup.fields.path,
    'does not ask what livenessProbe asks; only its grace period is known',
  );
  return liveness.delaySeconds;
}

function healthCheck(
  probe: Probe,
  failures: number,
  ports: Ports,
  gracePeriodSeconds: number,
): HealthCheckInput {
  const { delaySeconds, intervalSeconds, timeoutSeconds } = probe;
  return {
    ...asked(probe, ports),
    gracePeriodSeconds,
    delaySeconds,
    intervalSeconds,
    timeoutSeconds,
    maxConsecutiveFailures: failures,
  };
}

function asked({ question, fields }: Probe, ports: Ports): HealthCheckInput {
  if (question.protocol === 'COMMAND') return question;
  const { port, ...rest } = question;
  const target = ports.target(port);
  if (!target) fields.notes.refuse(fields.path, `no port of the container has the name ${shown(port)}`);
  return { ...rest, ...target };
}

function readinessCheck(
  { fields, delaySeconds, intervalSeconds, timeoutSeconds }: Probe,
  { protocol, path, port }: Extract<Question, { path: string }>,
  ports: Ports,
): NonNullable<AppInput['readinessChecks']>[number] {
  const portName = ports.name(port);
  if (portName === undefined)
    fields.notes.refuse(fields.path, `no port of the container has the name ${shown(port)}`);
  fields.leave('failureThreshold', 'it is asked until it passes once, and not again then');
  if (delaySeconds > 0) fields.leave('initialDelaySeconds', 'it is asked from the start on');
  return {
    name: 'readiness',
    protocol,
    path,
    portName: portName ?? 'none',
    intervalSeconds,
    timeoutSeconds: shorter(fields, timeoutSeconds, intervalSeconds),
    httpStatusCodesForReady: SUCCESS,
  };
}

/** A readiness check must have been answered before it is asked again (Marathon 1.11). */
function shorter(fields: Fields, timeoutSeconds: number, intervalSeconds: number): number {
  if (timeoutSeconds < intervalSeconds) return timeoutSeconds;
  const why = `must be below periodSeconds here: ${intervalSeconds / 2} is taken`;
  fields.notes.leave(`${fields.path}/timeoutSeconds`, why);
  return intervalSeconds / 2;
}

function same(a: Probe, b: Probe): boolean {
  return JSON.stringify(a.question) === JSON.stringify(b.question);
}

/** The one check goes by the pace of liveness. */
function notePace(liveness: Probe, { fields, ...readiness }: Probe): void {
  const pace = ({ delaySeconds, intervalSeconds, timeoutSeconds, failureThreshold }: Omit<Probe, 'fields'>) =>
    JSON.stringify([delaySeconds, intervalSeconds, timeoutSeconds, failureThreshold]);
  if (pace(liveness) === pace(readiness)) return;
  fields.notes.leave(
    fields.path,
    'asks what livenessProbe asks: one check does for both, at the pace of livenessProbe',
  );
}
