import { elapsed, percentile } from './clock.js';
import type { Figure } from './figure.js';
import type { BenchService } from './service.js';

const APPS = 5_000;
const CALLS = 100;

/** P4: the list of 5,000 apps; the floor is the same bytes from the same server's fastest answer, /ping, plus their transfer. */
export async function manyAppsListed({ service }: { service: BenchService }): Promise<Figure> {
  await define(service);
  const list = async () => {
    const response = await fetch(`${service.api}/v2/apps`);
    await response.arrayBuffer();
  };
  for (let i = 0; i < 10; i++) await list();
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) times.push(await elapsed(list));
  const ping = percentile(
    await timesOf(() => fetch(`${service.api}/ping`).then((answer) => answer.text())),
    99,
  );
  const measured = percentile(times, 99);
  return {
    id: 'P4',
    what: 'GET /v2/apps with 5,000 apps, p99 (floor: p99 of GET /ping)',
    measured,
    unit: 'ms',
    floor: ping,
    ratio: measured / ping,
    target: 'p99 < 250 ms',
    reached: measured < 250,
  };
}

async function timesOf(call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) times.push(await elapsed(call));
  return times;
}

/** 5,000 definitions with nothing to run; their deployment is closed, for only the definitions are wanted. */
async function define(service: BenchService): Promise<void> {
  const apps = Array.from({ length: APPS }, (_, i) => ({
    id: `app-${i}`,
    cmd: 'exec sleep 100000',
    instances: 0,
    portDefinitions: [],
    labels: { team: `team-${i % 20}` },
  }));
  const { deployment, body } = await service.call('PUT', '/v2/groups//listed', { apps });
  if (!deployment) throw new Error(`the group was not taken: ${JSON.stringify(body).slice(0, 500)}`);
  await service.call('DELETE', `/v2/deployments/${deployment}?force=true`);
  while ((await service.call<unknown[]>('GET', '/v2/deployments')).body.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 100));
}
