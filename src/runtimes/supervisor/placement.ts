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

export function taken(apps: Iterable<App>): Pick<Capacity, Resource> {
  const sum = { cpus: 0, mem: 0, disk: 0 };
  for (const app of apps) for (const { name } of RESOURCES) sum[name] += app[name];
  return sum;
}

function amount(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/**
 * Constraints on one host (Marathon 1.11 Constraints): fields `hostname` and `@hostname` are known here, every
 * other attribute is absent, as on an agent without attributes. `alive` counts instances of the app on the host.
 */
export function constraintObstacle(app: App, host: string, alive: number): Obstacle | undefined {
  const broken = app.constraints.find((constraint) => !isMet(constraint, host, alive));
  if (broken === undefined) return undefined;
  const description = `constraint ${broken.join(':')} is not met on the only host ${host}, where ${alive} run`;
  return { reason: 'constraint', description, missing: ['UnfulfilledConstraint'] };
}

function isMet([field, operator, value]: string[], host: string, alive: number): boolean {
  const actual = field === 'hostname' || field === '@hostname' ? host : undefined;
  switch (operator) {
    case 'UNIQUE':
      return actual !== undefined && alive === 0;
    case 'MAX_PER':
      return actual !== undefined && alive < Number(value);
    case 'GROUP_BY':
      return actual !== undefined;
    case 'CLUSTER':
    case 'IS':
      return actual !== undefined && (value === undefined || value === '' || value === actual);
    case 'LIKE':
      return actual !== undefined && matches(value, actual);
    case 'UNLIKE':
      return actual === undefined || !matches(value, actual);
    default:
      return false;
  }
}

function matches(pattern: string | undefined, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern ?? ''})$`).test(text);
  } catch {
    return false;
  }
}
