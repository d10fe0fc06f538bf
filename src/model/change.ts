import type { App, PathId, Timestamp } from './app.js';
import type { Root } from './root.js';
import type { Wave } from './wave.js';

/** Fields that a caller gave, already in the new form; defaults are not filled in. */
export type AppUpdate = { id: PathId } & Partial<Omit<App, 'id' | 'version' | 'versionInfo'>>;

/** A group as a caller gave it; ids absolute. An absent field keeps what is there (Marathon 1.11, PUT groups). */
export interface GroupUpdate {
  id: PathId;
  apps?: AppUpdate[];
  groups?: GroupUpdate[];
  dependencies?: PathId[];
}

/** A wave with what it changes in its environment. */
export interface WaveChange extends Wave {
  change: Change;
}

/** A wanted change of the root; parsed and normalised, not yet applied. */
export type Change =
  | { kind: 'createApp'; app: AppUpdate }
  /** `partial`: absent fields keep their value; else they take the default. `create`: unknown apps are added, else 404. */
  | { kind: 'updateApps'; apps: AppUpdate[]; partial: boolean; create: boolean }
  | { kind: 'deleteApp'; id: PathId }
  | { kind: 'restartApp'; id: PathId }
  | { kind: 'rollbackApp'; id: PathId; version: Timestamp }
  | { kind: 'createGroup'; group: GroupUpdate }
  | { kind: 'updateGroup'; group: GroupUpdate }
  | { kind: 'scaleGroup'; id: PathId; factor: number }
  | { kind: 'rollbackGroup'; id: PathId; version: Timestamp }
  | { kind: 'deleteGroup'; id: PathId }
  /** Fewer instances, by exactly these (Marathon's kill with scale=true). */
  | { kind: 'scaleKill'; kills: Record<PathId, string[]> }
  /** Reverts what a deployment changed, on the present root, except what later deployments changed again. */
  | { kind: 'revert'; deployment: string }
  /** One environment after another; each wave is a change of its own environment. */
  | { kind: 'waves'; waves: WaveChange[] };

/** What `applyChange` needs beyond the present root; admission loads it where the change asks for it. */
export interface ChangeContext {
  /** Version of the new root; later than every other of the environment. */
  now: Timestamp;
  /** Stored definitions asked for by rollbackApp and revert, by app; null = the app was not there. */
  stored?: ReadonlyMap<PathId, App | null>;
  /** The group as it was, for rollbackGroup. */
  snapshot?: Root;
  /** For revert: what that deployment changed. */
  changes?: import('./deployment.js').ChangeSet;
  /** For revert: versions that the present one of an app stands for, because it was brought back. */
  presentAs?: ReadonlyMap<PathId, Timestamp[]>;
}
