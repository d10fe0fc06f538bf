import type { App } from '../../model/app.js';
import type { Waiting } from '../../model/instance.js';
import type { Capacity } from '../runtime.js';

/** Why an instance is not launched now. */
export type Obstacle = Pick<Waiting, 'reason' | 'description' | 'missing'>;

type Resource = 'cpus' | 'mem' | 'disk';
const RESOURCES: { name: Resource; unit: string; missing: Waiting['missing'][number] }[] = [
  { name: 'cpus', unit: ' cpus', missing: 'InsufficientCpus' },
  { name: 'mem', unit: ' MiB of memory', missing: 'InsufficientMemory' },
  { name: 'disk', unit: ' MiB of disk', missing: 'InsufficientDisk' },
];

/** 0.1 + 0.2 must fit into 0.3. */
const TOLERANCE = 1e-6;

/** What keeps one more instance of the app from fitting; undefined = it fits. */
export function resourceObstacle(
  app: App,
  taken: Pick<Capacity, Resource>,
  total: Pick<Capacity, Resource>,
): Obstacle | undefined {
  const short = RESOURCES.filter(({ name }) => app[name] > total[name] - taken[name] + TOLERANCE);
  if (short.length === 0) return undefined;
  const sentences = short.map(({ name, unit }) => {
    const free = Math.max(0, total[name] - taken[name]);
    return `needs ${amount(app[name])}${unit}, ${amount(free)} are free of ${amount(total[name])}`;
  });
  return {
    reason: 'resources',
    description: sentences.join('; '),
    missing: short.map(({ missing }) => missing),
  };
}

/** What instances have, all together. */
export type Taken = Record<Resource, number>;

export function taken(apps: Iterable<App>): Taken {
  const sum = { cpus: 0, mem: 0, disk: 0 };
  for (const app of apps) take(sum, app);
  return sum;
}

/** One more instance of the app. */
export function take(sum: Taken, app: App): void {
  for (const { name } of RESOURCES) sum[name] += app[name];
}

function amount(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
