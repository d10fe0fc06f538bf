import { elapsed } from './clock.js';
import type { Figure } from './figure.js';
import { sleeper } from './programs.js';
import type { BenchService } from './service.js';
import type { Successes } from './successes.js';

const SIZES = [10, 100, 1_000];

interface Bench {
  service: BenchService;
  successes: Successes;
}

type Grow = (bench: Bench, size: number) => Promise<void>;

/** What each takes for one more, at sizes that grow tenfold. Whatever is made is removed again. */
const GROWTH: { what: string; grow: Grow }[] = [
  { what: 'apps in one group, without instances', grow: appsInGroup },
  { what: 'deployments at once, without instances', grow: deploymentsAtOnce },
  { what: 'instances of one app', grow: instancesOfApp },
];

/** The floor of each size is what as many would take at the rate of the smallest one. */
export async function growth(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { what, grow } of GROWTH) {
    await grow(bench, 1);
    let smallest: number | undefined;
    for (const size of SIZES) {
      const measured = await elapsed(() => grow(bench, size));
      smallest ??= measured / size;
      const floor = smallest * size;
      const reached = measured <= 2 * floor;
      const target = 'time for one more at most doubles';
      figures.push({
        id: 'G',
        what: `${size} ${what}`,
        measured,
        unit: 'ms',
        floor,
        ratio: measured / floor,
        target,
        reached,
      });
    }
  }
  return figures;
}

async function appsInGroup(bench: Bench, size: number): Promise<void> {
  const apps = Array.from({ length: size }, (_, i) => ({ ...sleeper(`app-${i}`), instances: 0 }));
  await released(bench, 'PUT', `/v2/groups//grown-${size}`, { apps });
  await released(bench, 'DELETE', `/v2/groups//grown-${size}`);
}

async function deploymentsAtOnce(bench: Bench, size: number): Promise<void> {
  const each = (_: unknown, i: number) =>
    released(bench, 'POST', '/v2/apps', { ...sleeper(`/at-once-${size}/${i}`), instances: 0 });
  await Promise.all(Array.from({ length: size }, each));
  await released(bench, 'DELETE', `/v2/groups//at-once-${size}`);
}

async function instancesOfApp(bench: Bench, size: number): Promise<void> {
  await released(bench, 'POST', '/v2/apps', { ...sleeper('/grown'), instances: size });
  await released(bench, 'DELETE', '/v2/apps//grown');
}

async function released(
  { service, successes }: Bench,
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  const { deployment, status } = await service.call(method, path, body);
  if (!deployment) throw new Error(`${method} ${path} was answered ${status}`);
  await successes.of(deployment);
}
