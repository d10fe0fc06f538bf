import { TerminalError } from '../../errors.js';
import { type TaskJson, taskJson } from '../../formats/marathon/tasks.js';
import type { App, PathId } from '../../model/app.js';
import { type Instance, isAlive } from '../../model/instance.js';
import { admit } from '../admit.js';
import type { Context } from '../deps.js';
import type { Answer, Call } from '../http/routing.js';
import type { KillQuery } from './parameters.js';
import { deploymentResult } from './result.js';

/** How tasks are killed; `force` matters with `scale` only: without it no lock is taken (Marathon 1.11). */
export function killMode(mode: KillQuery): KillQuery {
  if (mode.scale && mode.wipe) {
    throw new TerminalError('bad_request', 'You cannot use scale and wipe at the same time.');
  }
  return mode;
}

/**
 * Kills instances. With `scale` by a deployment that wants exactly these fewer; otherwise at once, and
 * `killed` makes the answer from what they were.
 */
export async function killInstances(
  context: Context,
  call: Call,
  mode: KillQuery,
  found: Instance[],
  killed: () => unknown,
): Promise<Answer> {
  if (mode.scale) {
    const kills = byApp(found);
    const change = { kind: 'scaleKill', kills } as const;
    return deploymentResult(await admit(context, call, change, { force: mode.force }));
  }
  const body = killed();
  const ids = found.map(({ id }) => id);
  if (ids.length > 0) await context.instances.kill(ids, { wipe: mode.wipe });
  return { status: 200, body };
}

function byApp(found: Instance[]): Record<PathId, string[]> {
  const apps = [...new Set(found.map(({ app }) => app))];
  const idsOf = (wanted: PathId) => found.filter(({ app }) => app === wanted).map(({ id }) => id);
  return Object.fromEntries(apps.map((app) => [app, idsOf(app)]));
}

/** Instances as tasks; those that have ended are not shown (Marathon forgets them). */
export function aliveTasks(found: Instance[], apps: ReadonlyMap<PathId, App>): TaskJson[] {
  return found.filter(({ state }) => isAlive(state)).map((instance) => taskOf(instance, apps));
}

/** A task of an app that is gone already has no service ports and no checks. */
export function taskOf(instance: Instance, apps: ReadonlyMap<PathId, App>): TaskJson {
  return taskJson(instance, apps.get(instance.app) ?? { portDefinitions: [], healthChecks: [] });
}
