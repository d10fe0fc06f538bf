import type { App, PathId } from '../../src/model/app.js';
import { ancestors, ROOT } from '../../src/model/paths.js';
import type { GroupNode, Root } from '../../src/model/root.js';

export const T0 = '2026-01-01T00:00:00.000Z';
export const T1 = '2026-01-01T00:00:01.000Z';
export const T2 = '2026-01-01T00:00:02.000Z';
export const T3 = '2026-01-01T00:00:03.000Z';

export function app(id: PathId, fields: Partial<App> = {}): App {
  return {
    id,
    cmd: 'sleep 1000',
    instances: 1,
    cpus: 1,
    mem: 128,
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
    upgradeStrategy: { minimumHealthCapacity: 1 },
    backoffSeconds: 1,
    backoffFactor: 1.15,
    maxLaunchDelaySeconds: 300,
    killSelection: 'YOUNGEST_FIRST',
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    version: T0,
    versionInfo: { lastScalingAt: T0, lastConfigChangeAt: T0 },
    ...fields,
  };
}

/** A root of these apps; `groups` states the dependencies of groups. */
export function rootOf(apps: App[], groups: Record<PathId, PathId[]> = {}): Root {
  const nodes = new Map<PathId, GroupNode>([[ROOT, { id: ROOT, dependencies: [], version: T0 }]]);
  const add = (id: PathId, dependencies: PathId[]) => nodes.set(id, { id, dependencies, version: T0 });
  for (const id of [...apps.map((each) => each.id), ...Object.keys(groups)]) {
    for (const group of ancestors(id)) if (!nodes.has(group)) add(group, []);
  }
  for (const [id, dependencies] of Object.entries(groups)) add(id, dependencies);
  return { version: T0, apps: new Map(apps.map((each) => [each.id, each])), groups: nodes };
}
