import { call, Installation } from '../test/helpers/installation.js';
import { NO_POSTGRES } from '../test/helpers/postgres.js';
import { elapsed, percentile } from './clock.js';
import type { Figure } from './figure.js';
import { peakMegabytes, residentMegabytes } from './memory.js';
import type { BenchService } from './service.js';

/** Whom one asks, and the process that runs the deployments. */
type Held = Pick<BenchService, 'call' | 'pid'>;

const DEPLOYMENTS = 1_000;
const CALLS = 100;
const AT_ONCE = 20;
const LOOK_MS = 1_000;
/** What repeated calls may add to the memory, for it to be called flat. */
const FLAT_MEGABYTES = 50;

interface Page {
  items: { id: string; state: string }[];
}

/**
 * P7: 1,000 deployments that are held at a pause and then resumed, in a worker of its own; where there is no PostgreSQL
 * for one, in the service that does everything.
 */
export async function manyHeld({ service }: { service: BenchService }): Promise<Figure> {
  if (NO_POSTGRES) return heldBy(service, 'the whole service');
  const installation = await Installation.create(service.temporalAddress, {
    env: { SLIPWAY_MAX_DEPLOYMENTS: '2000', SLIPWAY_LOG_LEVEL: 'error' },
  });
  try {
    const [api, worker] = await Promise.all([
      installation.started('api'),
      installation.started('worker'),
      installation.started('agent'),
    ]);
    const ask: Held['call'] = async (method, path, body) => ({
      ...(await call<never>(api, method, path, body)),
      deployment: '',
    });
    return await heldBy({ pid: worker.pid, call: ask }, 'the worker');
  } finally {
    await installation.dispose();
  }
}

/** The second half of P4: the same in the service that does everything, listed again and again. */
export async function manyActiveListed({ service }: { service: BenchService }): Promise<Figure> {
  const ids = await hold(service);
  const figure = await listed(service);
  await resume(service, ids);
  await succeededOf(service, ids);
  return figure;
}

async function heldBy(service: Held, who: string): Promise<Figure> {
  const before = residentMegabytes(service.pid);
  const ids = await hold(service);
  const held = residentMegabytes(service.pid);
  await resume(service, ids);
  const succeeded = await succeededOf(service, ids);
  const most = peakMegabytes(service.pid);
  return {
    id: 'P7',
    what: `1,000 deployments held at a pause: memory of ${who} at most, ${held.toFixed(0)} MB as they are held (floor: before them); ${succeeded} resumed and succeeded`,
    measured: most,
    unit: 'MB',
    floor: before,
    ratio: most / before,
    target: '< 600 MB, and all succeed',
    reached: most < 600 && succeeded === DEPLOYMENTS,
  };
}

/** Nothing has begun: they wait for their time, are paused, and then their time comes. */
async function hold(service: Held): Promise<string[]> {
  const numbers = Array.from({ length: DEPLOYMENTS }, (_, i) => i);
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const ids = await inGroups(numbers, async (i) => {
    const app = { id: `/held-${i}`, cmd: 'exec sleep 100000', instances: 0, portDefinitions: [] };
    const { body } = await service.call<{ id: string }>('POST', '/api/deployments', {
      change: { app },
      startAt: later,
    });
    return body.id;
  });
  await reached(service, 'waiting');
  await inGroups(ids, async (id) => {
    await service.call('POST', `/api/deployments/${id}/pause`, {});
    await service.call('PATCH', `/api/deployments/${id}`, { startAt: new Date().toISOString() });
  });
  await reached(service, 'paused');
  return ids;
}

async function resume(service: Held, ids: string[]): Promise<void> {
  await inGroups(ids, (id) => service.call('POST', `/api/deployments/${id}/resume`, {}));
}

async function listed(service: BenchService): Promise<Figure> {
  const list = async () => void (await service.call('GET', '/v2/deployments'));
  for (let i = 0; i < CALLS; i++) await list();
  const before = residentMegabytes(service.pid);
  const times: number[] = [];
  for (let i = 0; i < 3 * CALLS; i++) times.push(await elapsed(list));
  const grown = residentMegabytes(service.pid) - before;
  const floors: number[] = [];
  for (let i = 0; i < CALLS; i++) floors.push(await elapsed(() => service.call('GET', '/api/status')));
  const [measured, floor] = [percentile(times, 99), percentile(floors, 99)];
  return {
    id: 'P4',
    what: `GET /v2/deployments with 1,000 active, p99 (floor: p99 of GET /api/status); memory ${grown.toFixed(0)} MB more after 300 calls`,
    measured,
    unit: 'ms',
    floor,
    ratio: measured / floor,
    target: `p99 < 100 ms, memory flat (< ${FLAT_MEGABYTES} MB more)`,
    reached: measured < 100 && grown < FLAT_MEGABYTES,
  };
}

async function reached(service: Held, state: string): Promise<void> {
  const path = `/api/deployments?state=${state}&limit=1000`;
  while ((await service.call<Page>('GET', path)).body.items.length < DEPLOYMENTS) await pause();
}

async function succeededOf(service: Held, ids: string[]): Promise<number> {
  while ((await service.call<Page>('GET', '/api/deployments?active=true&limit=1')).body.items.length > 0)
    await pause();
  const wanted = new Set(ids);
  const { body } = await service.call<Page>('GET', '/api/deployments?state=succeeded&limit=1000');
  return body.items.filter(({ id }) => wanted.has(id)).length;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

async function inGroups<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    done.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return done;
}
