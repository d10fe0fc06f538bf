import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Figure } from './figure.js';
import type { BenchService } from './service.js';
import type { Successes } from './successes.js';

const INSTANCES = 300;
const INTERVAL_SECONDS = 5;
const WATCHED_MS = 20_000;
/** Linux: clock ticks a second of /proc/<pid>/stat. */
const TICKS = 100;

/** P6: what the service costs while 300 instances idle, each with a check every 5 s; the floor is the service without them. */
export async function idleInstances({
  service,
  successes,
}: {
  service: BenchService;
  successes: Successes;
}): Promise<Figure> {
  const floor = await loadOf(service.pid);
  const healthy = createServer((_, answer) => answer.end()).listen(0, '127.0.0.1');
  await once(healthy, 'listening');
  const address = healthy.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const check = {
    protocol: 'HTTP',
    path: '/',
    port,
    intervalSeconds: INTERVAL_SECONDS,
    gracePeriodSeconds: 10,
  };
  const app = {
    id: '/idle',
    cmd: 'exec sleep 100000',
    instances: INSTANCES,
    cpus: 0.01,
    mem: 1,
    portDefinitions: [],
    healthChecks: [check],
  };
  await successes.of((await service.call('POST', '/v2/apps', app)).deployment);
  const measured = await loadOf(service.pid);
  await successes.of((await service.call('DELETE', '/v2/apps//idle')).deployment);
  healthy.close();
  return {
    id: 'P6',
    what: '300 idle instances with a check every 5 s (floor: the idle service)',
    measured,
    unit: '% of a core',
    floor,
    ratio: measured / floor,
    target: '< 10 %',
    reached: measured < 10,
  };
}

/** Processor time of a process, in percent of one core. */
async function loadOf(pid: number): Promise<number> {
  const before = ticksOf(pid);
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  return ((ticksOf(pid) - before) / TICKS / (WATCHED_MS / 1000)) * 100;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
