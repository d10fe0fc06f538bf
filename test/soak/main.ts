import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { residentMegabytes } from '../../bench/memory.js';
import { TemporalServer } from '../chaos/temporal.js';
import { build } from '../helpers/build.js';
import { change, ended, Installation, type Part } from '../helpers/installation.js';
import { Postgres } from '../helpers/postgres.js';
import { type Sample, trendOf } from './trend.js';

const SAMPLE_MS = 5_000;
/** Of the whole time: caches fill, and the JIT compiles. */
const WARM_SHARE = 0.2;
/** More growth than that is a leak. */
const FLAT = 0.1;
const APPS = 4;

const program = new Command('soak')
  .description(
    'Releases all the time and watches the memory of API, worker and agent. Exit 1 where it grows.',
  )
  .option('--minutes <n>', 'how long', '60');
program.parse();
const { minutes } = program.opts<{ minutes: string }>();
const seconds = 60 * Number(minutes);

/** Ctrl-C ends it early, and everything that was started. */
let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
});

build();
process.exit((await soak()) ? 0 : 1);

type Parts = Record<'api' | 'worker' | 'agent', Part>;

async function soak(): Promise<boolean> {
  const postgres = await Postgres.start();
  const temporal = await TemporalServer.create(postgres);
  await temporal.start();
  const installation = await Installation.create(temporal.address, { postgres });
  try {
    const [api, worker, agent] = await Promise.all([
      installation.started('api'),
      installation.started('worker'),
      installation.started('agent'),
    ]);
    return await releaseAll({ api, worker, agent });
  } finally {
    await installation.dispose();
    await temporal.dispose();
  }
}

async function releaseAll({ api, worker, agent }: Parts): Promise<boolean> {
  const samples = await watch([api, worker, agent], (until) => releaseUntil(api, until));
  return [...samples].map(([part, seen]) => report(part, seen)).every(Boolean);
}

async function watch(
  parts: Part[],
  work: (until: () => boolean) => Promise<number>,
): Promise<Map<Part, Sample[]>> {
  const samples = new Map<Part, Sample[]>(parts.map((part) => [part, []]));
  const began = Date.now();
  const passed = () => (Date.now() - began) / 1000;
  const over = () => interrupted || passed() >= seconds;
  const working = work(over);
  while (!over()) {
    for (const [part, seen] of samples) seen.push({ at: passed(), megabytes: residentMegabytes(part.pid) });
    await Promise.race([sleep(SAMPLE_MS), working]);
  }
  console.log(`${await working} releases in ${Math.round(passed())} s`);
  return samples;
}

/** Upgrades, scalings and removals, one after another for each app; how many. */
async function releaseUntil(api: Part, over: () => boolean): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: APPS }, async (_, number) => {
      let count = 0;
      for (; !over(); count++) {
        const id = `/soak-${number}`;
        const app = {
          id,
          cmd: `exec sleep 100000 # ${count}`,
          cpus: 0.01,
          mem: 4,
          instances: 1 + (count % 3),
        };
        const removes = count % 10 === 9;
        const [method, body] = removes ? (['DELETE', undefined] as const) : (['PUT', app] as const);
        await ended(api, await change(api, method, `/v2/apps/${id}`, body));
      }
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function report({ kind }: Part, samples: Sample[]): boolean {
  const { first, last, growth } = trendOf(samples, seconds * WARM_SHARE);
  const flat = growth < FLAT;
  const change = `${first.toFixed(0)} MB → ${last.toFixed(0)} MB (${(100 * growth).toFixed(1)} %)`;
  console.log(`${flat ? 'flat ' : 'GROWS'}  ${kind.padEnd(6)}  ${change}`);
  return flat;
}
