import { ROOT } from '../model/paths.js';
import { activeDeployments } from '../store/deployments.js';
import { instanceCounts } from '../store/instances.js';
import { loadRoot } from '../store/roots.js';
import type { Context } from './deps.js';
import type { Figures } from './metrics.js';

/** The figures of the metrics, from the database. */
export async function readFigures({ store, config }: Context): Promise<Figures> {
  const root = await loadRoot(store, config.environment);
  const counts = await instanceCounts(store.db, config.environment);
  const active = await activeDeployments(store.db, config.environment);
  const groups = [...root.groups.keys()].filter((id) => id !== ROOT).length;
  return {
    apps: root.apps.size,
    groups,
    activeDeployments: active.length,
    instances: byState([...counts.values()]),
  };
}

function byState(counts: { staged: number; running: number }[]): Record<string, number> {
  const sum = (read: (count: { staged: number; running: number }) => number) =>
    counts.reduce((total, count) => total + read(count), 0);
  return { staging: sum((count) => count.staged), running: sum((count) => count.running) };
}
