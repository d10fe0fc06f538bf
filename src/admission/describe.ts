import type { PathId } from '../model/app.js';
import type { Change } from '../model/change.js';
import { parent, ROOT } from '../model/paths.js';
import type { Wave } from '../model/wave.js';

/** What a change is called in the ledger, and what it does in a sentence. */
export function describeChange(change: Change): { command: string; description: string } {
  switch (change.kind) {
    case 'createApp':
      return { command: 'create', description: `Creates ${change.app.id}.` };
    case 'updateApps':
      return { command: 'update', description: `Changes ${list(change.apps.map((app) => app.id))}.` };
    case 'deleteApp':
      return { command: 'delete', description: `Removes ${change.id}.` };
    case 'restartApp':
      return { command: 'restart', description: `Restarts ${change.id}.` };
    case 'rollbackApp':
    case 'rollbackGroup':
      return { command: 'rollback', description: `Takes ${change.id} back to version ${change.version}.` };
    case 'createGroup':
      return { command: 'create', description: `Creates the group ${change.group.id}.` };
    case 'updateGroup':
      return { command: 'update', description: `Changes the group ${change.group.id}.` };
    case 'scaleGroup':
      return { command: 'scale', description: `Scales the group ${change.id} by ${change.factor}.` };
    case 'deleteGroup':
      return { command: 'delete', description: `Removes the group ${change.id}.` };
    case 'scaleKill':
      return {
        command: 'scale',
        description: `Ends instances of ${list(Object.keys(change.kills))} for good.`,
      };
    case 'revert':
      return { command: 'rollback', description: `Reverts what deployment ${change.deployment} changed.` };
    case 'waves':
      return { command: 'release', description: `Releases in ${environmentsOf(change.waves)}.` };
  }
}

/** The group that Marathon's group_change events name: the parent of what the URL names; `/` for many and for reverts. */
export function changedGroup(change: Change): PathId {
  switch (change.kind) {
    case 'createApp':
      return parent(change.app.id);
    case 'updateApps':
      return change.apps.length === 1 ? parent(change.apps[0]?.id ?? ROOT) : ROOT;
    case 'createGroup':
    case 'updateGroup':
      return parent(change.group.id);
    case 'scaleKill':
    case 'revert':
    case 'waves':
      return ROOT;
    default:
      return parent(change.id);
  }
}

function environmentsOf(waves: Wave[]): string {
  return waves.map(({ environment }) => environment).join(', then ');
}

const SHOWN = 3;

/** "/a, /b, /c and 4 more" */
export function list(ids: readonly string[]): string {
  const shown = ids.slice(0, SHOWN).join(', ');
  return ids.length > SHOWN ? `${shown} and ${ids.length - SHOWN} more` : shown;
}
