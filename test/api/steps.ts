import { randomUUID } from 'node:crypto';
import { conclude } from '../../src/admission/conclusion.js';
import { startStep } from '../../src/admission/progress.js';
import type { Instance, Waiting } from '../../src/model/instance.js';
import { projectionOf } from '../../src/store/instances.js';
import { loadRoot } from '../../src/store/roots.js';
import type { Served } from './harness.js';

/** Ids of what an answer started. */
export function deploymentIn(reply: { headers: { get(name: string): string | null } }): string {
  return reply.headers.get('marathon-deployment-id') ?? '';
}

/** What the workflow does at its end. */
export async function succeed({ store }: Served, deployment: string): Promise<void> {
  await conclude(store, { deployment, outcome: 'succeeded', description: 'Done.' });
}

/** What the workflow does at the beginning of a step. */
export function begin({ store }: Served, deployment: string, step = 1): Promise<void> {
  return startStep(store, deployment, step);
}

/** Creates an app and lets its deployment succeed. */
export async function running(
  served: Served,
  app: { id: string; [field: string]: unknown },
): Promise<string> {
  const reply = await served.call('POST', '/v2/apps', { cmd: 'sleep 1000', ...app });
  if (reply.status !== 201) throw new Error(`${reply.status} ${reply.text}`);
  await succeed(served, deploymentIn(reply));
  return reply.body.version;
}

/** An instance as the supervisor tells of it. */
export function instanceOf(app: string, version: string, fields: Partial<Instance> = {}): Instance {
  const at = new Date().toISOString();
  return {
    id: `${app.slice(1).replaceAll('/', '_')}.instance-${randomUUID()}._app.1`,
    app,
    version,
    state: 'running',
    ready: true,
    healthy: null,
    host: '127.0.0.1',
    ports: [31_000],
    stagedAt: at,
    startedAt: at,
    since: at,
    healthCheckResults: [],
    readinessResults: [],
    ...fields,
  };
}

/** What the supervisor writes of them. */
export function tell(served: Served, instances: Instance[], waiting: Waiting[] = []): Promise<void> {
  const byApp = waiting.map((each) => ({ app: each.app, waiting: [each] }));
  return projectionOf(served.store, served.environment).write({
    instances,
    removed: [],
    waiting: byApp,
    failures: [],
    events: [],
  });
}

/** All that a refused request must leave alone. */
export async function storedIn(served: Served): Promise<object> {
  const { call, store, environment } = served;
  const root = await loadRoot(store, environment);
  return {
    root,
    deployments: (await call('GET', '/api/deployments')).body,
    ledger: (await call('GET', '/api/ledger')).body,
  };
}
