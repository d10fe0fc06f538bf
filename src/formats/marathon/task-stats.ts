import { type App, runVersion, type Timestamp } from '../../model/app.js';
import type { Instance } from '../../model/instance.js';

/** How many instances are in which state, as AppInfo counts them: those without a health result in neither of the last two. */
export interface TaskCounts {
  staged: number;
  running: number;
  healthy: number;
  unhealthy: number;
}

function countTasks(instances: readonly Instance[]): TaskCounts {
  const count = (fits: (instance: Instance) => boolean) => instances.filter(fits).length;
  return {
    staged: count(({ state }) => state === 'staging'),
    running: count(({ state }) => state === 'running' || state === 'killing'),
    healthy: count(({ healthy }) => healthy === true),
    unhealthy: count(({ healthy }) => healthy === false),
  };
}

/** taskStats of AppInfo (Marathon 1.4's key, which its Python client takes; `tasksStats` it does not). */
export function taskStatsJson(app: App, instances: readonly Instance[], now: Timestamp) {
  const { lastScalingAt } = app.versionInfo;
  const latest = (instance: Instance) => instance.version === runVersion(app);
  const summary = (chosen: Instance[]) => (chosen.length > 0 ? { stats: statsOf(chosen, now) } : undefined);
  return withoutUndefined({
    startedAfterLastScaling: summary(instances.filter((each) => each.stagedAt >= lastScalingAt)),
    withLatestConfig: summary(instances.filter(latest)),
    withOutdatedConfig: summary(instances.filter((each) => !latest(each))),
    totalSummary: summary([...instances]),
  });
}

function statsOf(instances: Instance[], now: Timestamp) {
  const ages = instances.flatMap(({ startedAt }) => (startedAt ? [secondsBetween(startedAt, now)] : []));
  const lifeTime = ages.length > 0 && {
    lifeTime: { averageSeconds: average(ages), medianSeconds: median(ages) },
  };
  return { counts: countTasks(instances), ...lifeTime };
}

function secondsBetween(from: Timestamp, to: Timestamp): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function average(values: number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    sorted[Math.floor(sorted.length / 2)] ?? 0,
  ];
  return (low + high) / 2;
}

function withoutUndefined(record: Record<string, object | undefined>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, object] => entry[1] !== undefined),
  );
}
