import type { App, HealthCheck } from '../../model/app.js';
import type { Notes } from '../reading/notes.js';
import { checkedPort } from '../reading/write-ports.js';

/**
 * Probes that ask what the checks ask. A health check counts for readiness, too, so it is both probes, unless another check
 * says when an instance is ready. A check that never kills is readiness alone.
 */
export function probes(app: App, notes: Notes) {
  const written = app.healthChecks.map((check, index) => ({
    check,
    path: `/healthChecks(${index})`,
    probe: probe(app, check, `/healthChecks(${index})`, notes),
  }));
  const usable = written.filter((each) => each.probe !== undefined);
  const killing = usable.find(({ check }) => check.maxConsecutiveFailures > 0);
  const showing = usable.find(({ check }) => check.maxConsecutiveFailures === 0);
  for (const { path, check } of usable) {
    if (check !== killing?.check && check !== showing?.check)
      notes.leave(path, 'a container has one probe of a kind');
  }
  const readiness = readinessProbe(app, showing, notes);
  const startup = killing?.probe && startupProbe(killing.check, killing.probe, killing.path, notes);
  return {
    ...(killing && { livenessProbe: killing.probe }),
    ...((readiness ?? killing) && { readinessProbe: readiness ?? killing?.probe }),
    ...(startup && { startupProbe: startup }),
  };
}

interface Written {
  check: HealthCheck;
  path: string;
  probe: Probe | undefined;
}

interface Probe {
  httpGet?: object;
  tcpSocket?: object;
  exec?: object;
  initialDelaySeconds: number;
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

function probe(app: App, check: HealthCheck, path: string, notes: Notes): Probe | undefined {
  const question = asked(app, check);
  if (!question) {
    notes.leave(path, 'asks a port that is chosen at the start, which cannot be said');
    return undefined;
  }
  if (check.ignoreHttp1xx) notes.leave(`${path}/ignoreHttp1xx`, 'probes have no such setting');
  return {
    ...question,
    initialDelaySeconds: Math.ceil(check.delaySeconds),
    periodSeconds: Math.max(1, Math.ceil(check.intervalSeconds)),
    timeoutSeconds: Math.max(1, Math.ceil(check.timeoutSeconds)),
    failureThreshold: check.maxConsecutiveFailures || 3,
  };
}

function asked(app: App, check: HealthCheck) {
  if (check.protocol === 'COMMAND') return { exec: { command: ['/bin/sh', '-c', check.command ?? ''] } };
  const port = checkedPort(check, app);
  if (port === undefined) return undefined;
  switch (check.protocol) {
    case 'TCP':
    case 'MESOS_TCP':
      return { tcpSocket: { port } };
    case 'HTTP':
    case 'MESOS_HTTP':
      return { httpGet: { path: check.path ?? '/', port } };
    case 'HTTPS':
    case 'MESOS_HTTPS':
      return { httpGet: { path: check.path ?? '/', port, scheme: 'HTTPS' } };
  }
}

function readinessProbe(app: App, showing: Written | undefined, notes: Notes): Probe | undefined {
  const [check] = app.readinessChecks;
  if (!check) return showing?.probe;
  if (showing)
    notes.leave(showing.path, 'a container has one probe of a kind, and the readiness check is it');
  notes.leave(
    '/readinessChecks(0)',
    'is asked again after it has passed; any status from 200 to 399 is ready',
  );
  const { path, portName: port, protocol } = check;
  return {
    httpGet: { path, port, ...(protocol === 'HTTPS' && { scheme: protocol }) },
    initialDelaySeconds: 0,
    periodSeconds: Math.max(1, Math.ceil(check.intervalSeconds)),
    timeoutSeconds: Math.max(1, Math.ceil(check.timeoutSeconds)),
    failureThreshold: 3,
  };
}

/** Grace beyond the first interval, in whole intervals. */
function startupProbe(check: HealthCheck, same: Probe, path: string, notes: Notes): Probe | undefined {
  const more = check.gracePeriodSeconds - same.initialDelaySeconds;
  if (more <= 0) return undefined;
  const failureThreshold = Math.ceil(more / same.periodSeconds);
  const written = failureThreshold * same.periodSeconds + same.initialDelaySeconds;
  if (written !== check.gracePeriodSeconds) {
    notes.leave(`${path}/gracePeriodSeconds`, `is written as ${written} seconds: probes count whole periods`);
  }
  return { ...same, failureThreshold };
}
