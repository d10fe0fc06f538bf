import { type PathId, runVersion, type Timestamp } from '../../model/app.js';
import type { Instance } from '../../model/instance.js';
import { changesOf, deploymentById, missingDeployment } from '../../store/deployments.js';
import { instancesOfApp } from '../../store/instances.js';
import { definitionsOf } from '../../store/versions.js';
import type { Context } from '../deps.js';
import type { Answer } from '../http/routing.js';

/** An instance as a deployment sees it: of the version that it brings, or of one that it replaces. */
interface TouchedInstance extends Instance {
  role: 'old' | 'new';
}

/** The instances that a deployment touches; those that had ended before it was accepted are not of it. */
export async function instancesOfDeployment({ store, config }: Context, id: string): Promise<Answer> {
  const { environment } = config;
  const deployment = await deploymentById(store.db, environment, id);
  if (deployment === undefined) throw await missingDeployment(store.db, environment, id);
  const brought = await versionsBrought(store.db, environment, id);
  const found = await Promise.all(
    deployment.affectedApps.map((app) => instancesOfApp(store.db, environment, app)),
  );
  const items = found
    .flat()
    .filter(({ endedAt }) => endedAt === undefined || endedAt >= deployment.acceptedAt)
    .map((instance) => withRole(instance, brought));
  return { status: 200, body: { items } };
}

/** Run version per app that the deployment leads to; apps that it removes have none. */
export async function versionsBrought(
  db: Context['store']['db'],
  environment: string,
  id: string,
): Promise<Map<PathId, Timestamp>> {
  const { apps } = await changesOf(db, environment, id);
  const wanted = Object.entries(apps).flatMap(([app, { to }]) => (to === null ? [] : [{ app, version: to }]));
  const definitions = await definitionsOf(db, environment, wanted);
  return new Map([...definitions].map(([app, definition]) => [app, runVersion(definition)]));
}

function withRole(instance: Instance, brought: Map<PathId, Timestamp>): TouchedInstance {
  return { ...instance, role: brought.get(instance.app) === instance.version ? 'new' : 'old' };
}
