import { type AppInfo, appExtrasJson, appInfoJson } from '../../formats/marathon/app-info.js';
import type { App, PathId } from '../../model/app.js';
import { type Instance, isAlive } from '../../model/instance.js';
import { activeByApp } from '../../store/deployments.js';
import { failuresOf, instanceCounts, instancesOf, instancesOfApp } from '../../store/instances.js';
import type { Context } from '../deps.js';
import type { Answer } from '../http/routing.js';
import type { AppEmbed } from './embed.js';

/** Counts of an app without instances. */
export const NO_COUNTS = { staged: 0, running: 0, healthy: 0, unhealthy: 0 };

/** Apps as `/v2` shows them, with what is embedded. */
export async function appInfos(context: Context, apps: App[], embed: AppEmbed): Promise<object[]> {
  const infoOf = await embedded(context, apps, embed);
  return apps.map((app) => appInfoJson(app, infoOf(app)));
}

/**
 * The same as the answer `{"<key>":[…]}`. With 5,000 apps nearly all the time goes into making the same definitions
 * anew, so their text is kept for as long as they are in force.
 */
export async function appList(
  context: Context,
  key: 'apps' | '*',
  apps: App[],
  embed: AppEmbed,
): Promise<Answer> {
  const infoOf = await embedded(context, apps, embed);
  const texts = apps.map((app) => joined(context.definitions.textOf(app), appExtrasJson(app, infoOf(app))));
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: Buffer.from(`{"${key}":[${texts.join(',')}]}`),
  };
}

/** The text of two objects as one. */
function joined(text: string, extras: object): string {
  const more = JSON.stringify(extras);
  return more === '{}' ? text : `${text.slice(0, -1)},${more.slice(1)}`;
}

/** What is embedded in each app; so many reads for one app as for all of them. */
async function embedded(context: Context, apps: App[], embed: AppEmbed): Promise<(app: App) => AppInfo> {
  const { store, config } = context;
  const environment = config.environment;
  const wantsInstances = embed.tasks || embed.readiness || embed.taskStats;
  const counts = embed.counts ? await instanceCounts(store.db, environment) : undefined;
  const deployments = embed.deployments ? await activeByApp(store.db, environment) : undefined;
  const failures = embed.lastTaskFailure ? await failuresOf(store.db, environment) : undefined;
  const instances = wantsInstances ? await instancesByApp(context, apps) : undefined;
  const now = context.now().toISOString();
  return (app) => {
    const running = instances?.get(app.id) ?? [];
    const failure = failures?.get(app.id);
    return {
      ...(counts && { counts: counts.get(app.id) ?? NO_COUNTS }),
      ...(deployments && { deployments: deployments.get(app.id) ?? [] }),
      ...(embed.tasks && { instances: running }),
      ...(embed.readiness && { readiness: running }),
      ...(embed.taskStats && { taskStats: { instances: running, now } }),
      ...(failure && { lastTaskFailure: failure }),
    };
  };
}

async function instancesByApp({ store, config }: Context, apps: App[]): Promise<Map<PathId, Instance[]>> {
  const [only] = apps;
  const found =
    apps.length === 1 && only !== undefined
      ? await instancesOfApp(store.db, config.environment, only.id)
      : await instancesOf(store.db, config.environment);
  const byApp = new Map<PathId, Instance[]>();
  for (const instance of found) {
    if (!isAlive(instance.state)) continue;
    const list = byApp.get(instance.app);
    if (list === undefined) byApp.set(instance.app, [instance]);
    else list.push(instance);
  }
  return byApp;
}
