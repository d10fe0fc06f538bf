import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { elapsed, median } from './clock.js';
import type { Figure } from './figure.js';
import { Floor } from './floor.js';
import { growth } from './growth.js';
import { manyActiveListed, manyHeld } from './held.js';
import { idleInstances } from './idle.js';
import { planning } from './planning.js';
import { sleeper } from './programs.js';
import { manyAppsListed } from './reads.js';
import { BenchService } from './service.js';
import { Successes } from './successes.js';

const ROUNDS = 15;
const APPS_AT_ONCE = 100;
/** A new app without artifacts: start, scale, conclude. */
const ACTIVITIES_OF_A_NEW_APP = 3;

/** What a measurement works with: a warm service and the floor on the same Temporal server. */
interface Bench {
  service: BenchService;
  floor: Floor;
  successes: Successes;
}

type Measure = (bench: Bench) => Promise<Figure | Figure[]>;

/** In this order: the last ones leave most behind in Temporal. */
const MEASURES: Record<string, Measure> = {
  P1: oneApp,
  P2: manyApps,
  P3: rollingUpgrade,
  P5: async () => planning(),
  P6: idleInstances,
  G: growth,
  P7: manyHeld,
  P4: longLists,
};

/** Measured only where it is asked for. */
const ON_DEMAND = new Set(['G']);

/** Measures the figures asked for (all where none is named), one after another, each with its floor. */
export async function measureAll(only: string[], say: (line: string) => void): Promise<Figure[]> {
  const wanted = (id: string) => (only.length === 0 ? !ON_DEMAND.has(id) : only.includes(id));
  const service = await BenchService.create();
  const figures: Figure[] = [];
  try {
    if (wanted('P8')) figures.push(await startUp(service, say));
    else service.start();
    await service.firstAccepted(sleeper('/warm'));
    const floor = await Floor.open(service.temporalAddress);
    const successes = await Successes.open(service.api);
    for (const [id, measure] of Object.entries(MEASURES)) {
      if (!wanted(id)) continue;
      say(`Measuring ${id} …`);
      figures.push(...[await measure({ service, floor, successes })].flat());
    }
    successes.close();
    await floor.close();
  } finally {
    await service.dispose();
  }
  return figures.sort((a, b) => a.id.localeCompare(b.id));
}

/** P8: the second start of a home, so that nothing is made that a machine which has everything has. */
async function startUp(service: BenchService, say: (line: string) => void): Promise<Figure> {
  say('Measuring P8 …');
  service.start();
  await service.firstAccepted(sleeper('/first'));
  await service.stop();
  const measured = await elapsed(() => {
    service.start();
    return service.firstAccepted(sleeper('/second'));
  });
  const floor = await elapsed(() =>
    once(spawn(process.execPath, ['-e', 'import("@temporalio/worker")']), 'exit'),
  );
  return {
    id: 'P8',
    what: 'start to the first accepted deployment (floor: loading the SDK)',
    measured,
    unit: 'ms',
    floor,
    ratio: measured / floor,
    target: '< 6000 ms',
    reached: measured < 6_000,
  };
}

async function oneApp({ service, floor, successes }: Bench): Promise<Figure> {
  const program = await programTime();
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const run = async () =>
      successes.of((await service.call('POST', '/v2/apps', sleeper(`/p1-${i}`))).deployment);
    times.push((await elapsed(run)) - program);
  }
  const measured = median(times);
  const bare = await floor.alone(ACTIVITIES_OF_A_NEW_APP, ROUNDS);
  return {
    id: 'P1',
    what: 'one app, one instance, no check: POST to deployment_success',
    measured,
    unit: 'ms',
    floor: bare,
    ratio: measured / bare,
    target: '≤ 3 × floor and < 500 ms',
    reached: measured <= 3 * bare && measured < 500,
  };
}

/** In a service of its own: what others left behind in one that did everything else is not what is asked. */
async function longLists(): Promise<Figure[]> {
  const service = await BenchService.create();
  try {
    service.start();
    await service.firstAccepted(sleeper('/warm'));
    return [await manyActiveListed({ service }), await manyAppsListed({ service })];
  } finally {
    await service.dispose();
  }
}

const WARMING_ROUNDS = 2;
const MEASURED_ROUNDS = 7;

/**
 * In turns with its floor, for a machine is not equally fast all the time. Before the first ones count both have run long
 * enough to be compiled: a service is started once and used for months.
 */
async function manyApps(bench: Bench): Promise<Figure> {
  const rates: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < WARMING_ROUNDS + MEASURED_ROUNDS; round++) {
    floors.push(await bench.floor.together(APPS_AT_ONCE, ACTIVITIES_OF_A_NEW_APP));
    rates.push(await appsAtOnce(bench, round));
  }
  const counted = (all: number[]) => median(all.slice(WARMING_ROUNDS));
  const [measured, bare] = [counted(rates), counted(floors)];
  return {
    id: 'P2',
    what: '100 apps of 2 instances at once: deployments a second',
    measured,
    unit: '/s',
    floor: bare,
    ratio: measured / bare,
    target: '≥ 0.6 of floor',
    reached: measured >= 0.6 * bare,
  };
}

/** Deployments finished a second; what they started goes again, so that each round finds the same. */
async function appsAtOnce({ service, successes }: Bench, round: number): Promise<number> {
  const apps = Array.from({ length: APPS_AT_ONCE }, (_, i) => `/p2-${round}/${i}`);
  const ms = await elapsed(async () => {
    const answers = await Promise.all(
      apps.map((id) => service.call('POST', '/v2/apps', { ...sleeper(id), instances: 2 })),
    );
    await Promise.all(answers.map(({ deployment }) => successes.of(deployment)));
  });
  await successes.of((await service.call('DELETE', `/v2/groups//p2-${round}`)).deployment);
  return (APPS_AT_ONCE * 1000) / ms;
}

async function rollingUpgrade({ service, floor, successes }: Bench): Promise<Figure> {
  const release = {
    strategy: { type: 'rolling', maxSurge: '25%', maxUnavailable: '25%' },
    minReadySeconds: 0,
  };
  const app = { ...sleeper('/p3'), instances: 20, release };
  await successes.of((await service.call('POST', '/v2/apps', app)).deployment);
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const next = { ...app, env: { ROUND: String(i) } };
    const run = async () => successes.of((await service.call('PUT', '/v2/apps//p3', next)).deployment);
    times.push(await elapsed(run));
  }
  const measured = median(times);
  const bare = await floor.alone(ACTIVITIES_OF_A_NEW_APP, 5);
  return {
    id: 'P3',
    what: 'rolling upgrade of 20 instances, surge and unavailable 25 %',
    measured,
    unit: 'ms',
    floor: bare,
    ratio: measured / bare,
    target: '< 3000 ms',
    reached: measured < 3_000,
  };
}

/** What a shell and the program itself need to be up: not the service's time. */
async function programTime(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++)
    times.push(await elapsed(() => once(spawn('/bin/sh', ['-c', 'exec true']), 'exit')));
  return median(times);
}
