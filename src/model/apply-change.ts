import { invalidAt, notFound, TerminalError } from '../errors.js';
import type { App, PathId, Timestamp } from './app.js';
import type { AppUpdate, Change, ChangeContext, GroupUpdate } from './change.js';
import { Draft } from './draft.js';
import { putGroupUpdate } from './group-update.js';
import { isBelow, ROOT } from './paths.js';
import { restoreGroup, revert, withoutVersions } from './revert.js';
import type { Root } from './root.js';

/**
 * The root that a change leads to; the given root itself where it changes nothing. Pure: `context.now` names every new
 * version. Shares all that it leaves alone, and checks only what it changes.
 *
 * Throws TerminalError with Marathon's texts: `not_found` (404), `already_exists` (409), `invalid` (422).
 */
export function applyChange(root: Root, change: Change, context: ChangeContext): Root {
  const draft = new Draft(root, context.now);
  carryOut(draft, change, context);
  return draft.finish();
}

function carryOut(draft: Draft, change: Change, context: ChangeContext): void {
  switch (change.kind) {
    case 'createApp':
      createApp(draft, change.app);
      break;
    case 'updateApps':
      updateApps(draft, change);
      break;
    case 'deleteApp':
      draft.removeApp(presentApp(draft, change.id).id);
      break;
    case 'restartApp':
      draft.put(withoutVersions(presentApp(draft, change.id)), { restart: true });
      break;
    case 'rollbackApp':
      rollbackApp(draft, change, context);
      break;
    case 'createGroup':
      createGroup(draft, change.group);
      break;
    case 'updateGroup':
      putGroupUpdate(draft, change.group);
      break;
    case 'scaleGroup':
      scaleGroup(draft, change);
      break;
    case 'rollbackGroup':
      rollbackGroup(draft, change, context);
      break;
    case 'deleteGroup':
      deleteGroup(draft, change.id);
      break;
    case 'scaleKill':
      scaleKill(draft, change.kills);
      break;
    case 'revert':
      revert(draft, context);
      break;
    case 'waves':
      // Each wave is applied to its own environment when its turn comes.
      break;
  }
}

function presentApp(draft: Draft, id: PathId): App {
  const app = draft.apps.get(id);
  if (!app) throw notFound(`App '${id}' does not exist`);
  return app;
}

function createApp(draft: Draft, app: AppUpdate): void {
  if (draft.apps.has(app.id)) {
    throw new TerminalError('already_exists', `An app with id [${app.id}] already exists.`);
  }
  draft.putUpdate(app, false, '');
}

function updateApps(draft: Draft, change: Extract<Change, { kind: 'updateApps' }>): void {
  for (const [index, app] of change.apps.entries()) {
    if (!change.create) presentApp(draft, app.id);
    draft.putUpdate(app, change.partial, change.apps.length > 1 ? `(${index})` : '');
  }
}

function rollbackApp(
  draft: Draft,
  { id, version }: { id: PathId; version: Timestamp },
  context: ChangeContext,
): void {
  const origin = context.stored?.get(id);
  if (!origin) throw notFound(`App '${id}' does not exist in version ${version}`);
  draft.put(withoutVersions(origin), { origin });
}

function createGroup(draft: Draft, group: GroupUpdate): void {
  if (draft.groups.has(group.id)) {
    const text = `Group ${group.id} is already created. Use PUT to change this group.`;
    throw new TerminalError('already_exists', text);
  }
  if (draft.apps.has(group.id)) {
    throw new TerminalError('already_exists', `An app with the path ${group.id} already exists.`);
  }
  putGroupUpdate(draft, group);
}

function presentGroup(draft: Draft, id: PathId): void {
  if (!draft.groups.has(id)) throw notFound(`Group '${id}' does not exist`);
}

/** Rounded up as Marathon does, but 10 by 1.1 is 11, not 12 for an error in the last binary digit. */
function scaled(instances: number, factor: number): number {
  return Math.max(0, Math.ceil(Number((instances * factor).toPrecision(12))));
}

function scaleGroup(draft: Draft, { id, factor }: { id: PathId; factor: number }): void {
  presentGroup(draft, id);
  for (const app of [...draft.apps.values()]) {
    if (!isBelow(app.id, id)) continue;
    draft.put({ ...withoutVersions(app), instances: scaled(app.instances, factor) }, {}, '/scaleBy');
  }
}

function rollbackGroup(
  draft: Draft,
  { id, version }: { id: PathId; version: Timestamp },
  context: ChangeContext,
): void {
  if (!context.snapshot?.groups.has(id)) {
    throw new TerminalError('invalid', `Group ${id} not available in version ${version}`);
  }
  restoreGroup(draft, id, context.snapshot);
}

function deleteGroup(draft: Draft, id: PathId): void {
  if (id !== ROOT) presentGroup(draft, id);
  draft.removeGroup(id);
}

function scaleKill(draft: Draft, kills: Record<PathId, string[]>): void {
  for (const [id, instances] of Object.entries(kills)) {
    const app = presentApp(draft, id);
    if (app.stateful) throw invalidAt('/', chosenOf(id));
    draft.put({ ...withoutVersions(app), instances: Math.max(0, app.instances - instances.length) });
  }
}

function chosenOf(id: PathId): string {
  return `${id} is stateful: with fewer instances those with the highest ordinals end, not chosen ones. Scale it, or kill without scaling`;
}
