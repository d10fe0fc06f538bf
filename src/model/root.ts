import type { App, PathId, Timestamp } from './app.js';

/** A group as stored: its apps and subgroups are those whose id lies below it. */
export interface GroupNode {
  id: PathId;
  dependencies: PathId[];
  version: Timestamp;
}

/**
 * All apps and groups of an environment, flat and by id: 50,000 apps stay cheap to change and to compare.
 * Never changed in place; a change makes a new Root that shares what it left alone.
 * Every ancestor group of an app is present; `/` always is.
 */
export interface Root {
  version: Timestamp;
  apps: ReadonlyMap<PathId, App>;
  groups: ReadonlyMap<PathId, GroupNode>;
}
