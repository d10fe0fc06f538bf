import { flag, type QueryOf, text, words } from '../http/parameters.js';

/** `force` of everything that changes state (Marathon 1.11). */
export const forceParameters = {
  force: flag('Supersede the deployments that hold the lock.'),
};

export type ForceQuery = QueryOf<typeof forceParameters>;

/** Of updates: whether what the body leaves out keeps its value. */
export const partialParameters = {
  ...forceParameters,
  partialUpdate: flag('Fields that are left out keep their value; false: they take the default.', true),
};

export type PartialQuery = QueryOf<typeof partialParameters>;

const APP_EMBEDS = 'tasks, deployments, readiness, lastTaskFailure, failures, counts, taskStats';

/** `embed` of apps. */
export const embedParameters = {
  embed: words(
    `What to show beside the definitions, with or without the prefix \`apps.\`: ${APP_EMBEDS}. Others are ignored.`,
  ),
};

export type EmbedQuery = QueryOf<typeof embedParameters>;

/** `embed` of groups. */
export const groupEmbedParameters = {
  embed: words(
    'group.groups, group.apps, group.pods, or embeds of apps below `group.apps.`; all by default.',
  ),
};

/** Filters of the list of apps. */
export const filterParameters = {
  cmd: text('Only apps whose command has this in it, in any case.'),
  id: text('Only apps whose id has this in it, in any case.'),
  label: text('Label selectors joined by commas: `a`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`.'),
};
export type FilterQuery = QueryOf<typeof filterParameters>;

/** How tasks are killed. */
export const killParameters = {
  scale: flag('Want so many fewer from then on.'),
  wipe: flag('Forget their identity.'),
  force: flag('With `scale`: supersede the deployments that hold the lock.'),
};

export type KillQuery = QueryOf<typeof killParameters>;
