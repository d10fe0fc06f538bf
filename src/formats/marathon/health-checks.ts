import type { HealthCheck } from '../../model/app.js';

/** Port, index or name that a check talks to: exactly one of the keys, none for a command. */
function checkTarget(check: HealthCheck) {
  if (check.command !== undefined) return { command: { value: check.command } };
  if (check.port !== undefined) return { port: check.port };
  if (check.portName !== undefined) return { portName: check.portName };
  return { portIndex: check.portIndex ?? 0 };
}

/** A health check as `/v2` shows it, with every field that marathon-lb requires. */
export function healthCheckJson(check: HealthCheck) {
  return {
    protocol: check.protocol,
    ...(check.path !== undefined && { path: check.path }),
    ...checkTarget(check),
    gracePeriodSeconds: check.gracePeriodSeconds,
    intervalSeconds: check.intervalSeconds,
    timeoutSeconds: check.timeoutSeconds,
    maxConsecutiveFailures: check.maxConsecutiveFailures,
    delaySeconds: check.delaySeconds,
    ipProtocol: check.ipProtocol,
    ignoreHttp1xx: check.ignoreHttp1xx,
  };
}
