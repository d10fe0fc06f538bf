import type { App, PathId } from '../../src/model/app.js';
import { ancestors, ROOT } from '../../src/model/paths.js';
import type { GroupNode, Root } from '../../src/model/root.js';
import { appOf } from '../helpers/apps.js';

export const T0 = '2026-01-01T00:00:00.000Z';
export const T1 = '2026-01-01T00:00:01.000Z';
export const T2 = '2026-01-01T00:00:02.000Z';
export const T3 = '2026-01-01T00:00:03.000Z';

export function app(id: PathId, fields: Partial<App> = {}): App {
  return appOf(id, T0, { cpus: 1, mem: 128, upgradeStrategy: { minimumHealthCapacity: 1 }, ...fields });
}

/** So that nothing is to be said about checks. */
export const CHECKED: Pick<App, 'readinessChecks'> = {
  readinessChecks: [
    {
      name: 'up',
      protocol: 'HTTP',
      path: '/',
      portName: 'default',
      intervalSeconds: 30,
      timeoutSeconds: 10,
      httpStatusCodesForReady: [200],
      preserveLastResponse: false,
    },
  ],
};

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
