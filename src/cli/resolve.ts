import type { Deployment } from '../model/deployment.js';
import type { Client } from './client.js';
import { CliError, EXIT, usageError } from './exit.js';
import { deploymentsOf, pages } from './pages.js';
import { shortId } from './render/deployment.js';

const WHOLE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ID_PART = /^[0-9a-f][0-9a-f-]*$/;

/** Which deployments a name may mean. `active`: those that have not ended; `any`: an app's newest one, too. */
type Scope = 'active' | 'any';

/**
 * The deployment that a person means by a whole id, by the beginning of one, or by an app's id.
 * Throws CliError: exit 1 where there is none, exit 2 where there are several.
 */
export async function findDeployment(client: Client, name: string, scope: Scope): Promise<Deployment> {
  if (WHOLE_ID.test(name)) return client.get<Deployment>(`/api/deployments/${name}`);
  if (ID_PART.test(name)) {
    const matching = await withPrefix(client, name);
    if (matching.length > 0) return only(matching, name);
  }
  return ofApp(client, name, scope);
}

/** Active ones first, as they are meant nearly always; ended ones only where none of those matches. */
async function withPrefix(client: Client, prefix: string): Promise<Deployment[]> {
  const active = await deploymentsOf(client, { active: true });
  const matching = active.filter(({ id }) => id.startsWith(prefix));
  if (matching.length > 0) return matching;
  const found: Deployment[] = [];
  for await (const deployment of pages<Deployment>(client, '/api/deployments', {})) {
    if (deployment.id.startsWith(prefix)) found.push(deployment);
  }
  return found;
}

async function ofApp(client: Client, name: string, scope: Scope): Promise<Deployment> {
  const app = absolute(name);
  const active = await deploymentsOf(client, { app, active: true });
  if (active.length > 0) return only(active, app);
  const newest = scope === 'any' ? await newestOf(client, app) : undefined;
  if (newest) return newest;
  const what = scope === 'any' ? 'deployment' : 'active deployment';
  throw new CliError(
    EXIT.failed,
    `No ${what} has an id that begins with "${name}" or touches the app ${app}.`,
  );
}

async function newestOf(client: Client, app: string): Promise<Deployment | undefined> {
  const page = await client.get<{ items: Deployment[] }>('/api/deployments', { app, limit: 1 });
  return page.items[0];
}

function only(found: Deployment[], name: string): Deployment {
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  throw usageError(
    `"${name}" means ${found.length} deployments; name one by its id.`,
    found.map((d) => `${d.id}  ${d.state}  ${d.affectedApps.join(' ')}`),
  );
}

/** Ids of apps are absolute; the slash in front may be left out. */
export function absolute(app: string): string {
  return app.startsWith('/') ? app : `/${app}`;
}

/** How a deployment is called in a sentence. */
export function named(deployment: Deployment): string {
  return `${shortId(deployment.id)} (${deployment.affectedApps.join(', ')})`;
}
