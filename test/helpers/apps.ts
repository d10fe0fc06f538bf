import type { App, PathId, Timestamp } from '../../src/model/app.js';

export const V1 = '2026-01-01T00:00:00.000Z';
export const V2 = '2026-01-02T00:00:00.000Z';

/** A complete definition with Marathon's defaults. */
export function appOf(id: PathId, version: Timestamp = V1, fields: Partial<App> = {}): App {
  return {
    id,
    cmd: 'sleep 1000',
    instances: 1,
    cpus: 0.1,
    mem: 16,
    disk: 0,
    gpus: 0,
    executor: '',
    env: {},
    labels: {},
    secrets: {},
    networks: [{ mode: 'host', labels: {} }],
    portDefinitions: [],
    requirePorts: false,
    healthChecks: [],
    readinessChecks: [],
    fetch: [],
    dependencies: [],
    constraints: [],
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
    backoffSeconds: 1,
    backoffFactor: 1.15,
    maxLaunchDelaySeconds: 300,
    killSelection: 'YOUNGEST_FIRST',
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    version,
    versionInfo: { lastScalingAt: version, lastConfigChangeAt: version },
    ...fields,
  };
}
