/** What an answer about apps holds beside their definitions. */
export interface AppEmbed {
  tasks: boolean;
  deployments: boolean;
  readiness: boolean;
  lastTaskFailure: boolean;
  counts: boolean;
  taskStats: boolean;
}

/** Embeds of `GET /v2/apps`: counts and deployments always (Marathon 1.11). Unknown names are ignored. */
export function appEmbed(embed: string[]): AppEmbed {
  const names = new Set(embed.map((name) => name.replace(/^(group\.apps|apps|app)\./, '')));
  return {
    tasks: names.has('tasks'),
    deployments: true,
    readiness: names.has('readiness'),
    lastTaskFailure: names.has('lastTaskFailure') || names.has('failures'),
    counts: true,
    taskStats: names.has('taskStats'),
  };
}

/** Embeds of `GET /v2/apps/{id}`: tasks and the last failure too. */
export function singleAppEmbed(embed: string[]): AppEmbed {
  return { ...appEmbed(embed), tasks: true, lastTaskFailure: true };
}

/** What an answer about a group holds. */
export interface GroupEmbed {
  apps: boolean;
  groups: boolean;
  /** Embeds of the apps within; undefined = their bare definitions. */
  app?: AppEmbed;
}

/** Embeds of `GET /v2/groups`: everything where nothing is asked for (Marathon 1.11). */
export function groupEmbed(names: string[]): GroupEmbed {
  if (names.length === 0) return { apps: true, groups: true };
  const ofApps = names.filter((name) => name.startsWith('group.apps.'));
  return {
    apps: names.includes('group.apps') || ofApps.length > 0,
    groups: names.includes('group.groups'),
    ...(ofApps.length === 0 ? {} : { app: bareEmbed(ofApps) }),
  };
}

function bareEmbed(names: string[]): AppEmbed {
  const has = (name: string) => names.includes(`group.apps.${name}`);
  return {
    tasks: has('tasks'),
    deployments: has('deployments') || has('tasks'),
    readiness: has('readiness'),
    lastTaskFailure: has('lastTaskFailure') || has('failures'),
    counts: has('counts') || has('tasks'),
    taskStats: has('taskStats'),
  };
}
