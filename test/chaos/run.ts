import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../helpers/until.js';
import { underMinimum } from './bounds.js';
import { Client } from './client.js';
import { uptime } from './clock.js';
import { Ends } from './ends.js';
import { readJournal } from './journal.js';
import { BOUNDS, Operator, type Territory } from './operator.js';
import { Random } from './random.js';
import type { Stage } from './stage.js';
import { type Deed, harm, type Target } from './targets.js';
import { finalBreaches } from './verdict.js';
import { Watch } from './watch.js';

export interface Wanted {
  kills: number;
  seed: number;
  say: (line: string) => void;
  /** Ends it before all is done. */
  interrupted?: AbortSignal;
}

export interface Result {
  stage: string;
  deeds: Deed[];
  /** Changes that were accepted. */
  releases: number;
  /** Times that an instance was told to end by the product. */
  told: number;
  samples: number;
  seconds: number;
  breaches: string[];
}

const TERRITORIES: Territory[] = [
  { group: '/steady', names: ['a', 'b'], instances: BOUNDS.instances },
  { group: '/free', names: ['x', 'y'] },
];

/** Between two deeds; seconds. */
const LONGEST_PAUSE = 4;
/** Of each operator. */
const FEWEST_CHANGES = 3;
/** So many deeds may be going on at once: the system has to be able to move between them. */
const AT_ONCE = 2;

/** Releases all the time while parts of the product are killed, stopped and cut off, and says which promises were broken. */
export async function runChaos(stage: Stage, wanted: Wanted): Promise<Result> {
  const { seed, say } = wanted;
  const began = uptime();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-chaos-'));
  const journal = join(folder, 'journal');
  await writeFile(journal, '');
  const random = new Random(seed);
  const stop = new AbortController();
  const client = new Client(stage.apis, stop.signal);
  const bounded = new Set(TERRITORIES.flatMap(namesOf));
  const watch = new Watch(stage.home, bounded, new Client(stage.apis, stop.signal));
  const ends = new Ends(stage.apis);
  const operators = TERRITORIES.map((each) => new Operator(each, client, random.fork(), journal, say));
  try {
    const work = Promise.all(operators.map((operator) => operator.work()));
    const failed = work.then(() => []).catch((error: unknown) => [String(error)]);
    const deeds = await Promise.race([harmAll(stage.targets, random.fork(), wanted), failed.then(() => [])]);
    if (!wanted.interrupted?.aborted) await Promise.race([meaningful(operators, journal), failed]);
    for (const operator of operators) operator.stop();
    const unexpected = await failed;
    const notes = readJournal(journal);
    const models = operators.map(({ model }) => model);
    const breaches = [
      ...unexpected,
      ...watch.breaches,
      ...underMinimum(notes, deeds, bounded),
      ...(unexpected.length > 0 ? [] : await finalBreaches(stage.home, models, client, ends)),
    ];
    const releases = models.reduce((sum, { accepted }) => sum + accepted.length, 0);
    const told = notes.filter(({ what }) => what === 'told').length;
    const seconds = Math.round(uptime() - began);
    return { stage: stage.name, deeds, releases, told, samples: watch.samples, seconds, breaches };
  } finally {
    stop.abort();
    watch.stop();
    ends.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A slow machine has got through little while all was killed: there has to be something to judge by. */
async function meaningful(operators: Operator[], journal: string): Promise<void> {
  const enough = () =>
    operators.every(({ model }) => model.accepted.length >= FEWEST_CHANGES) &&
    readJournal(journal).some(({ what }) => what === 'told');
  await until(enough, { what: 'releases that tell instances to end', timeoutMs: 300_000, everyMs: 500 });
}

function namesOf({ group, names, instances }: Territory): string[] {
  return instances === undefined ? [] : names.map((name) => `${group}/${name}`);
}

/** Resolves when all that was harmed is mended. */
async function harmAll(
  targets: Target[],
  random: Random,
  { kills, say, interrupted }: Wanted,
): Promise<Deed[]> {
  const chosen = targets.flatMap((target) => Array.from({ length: target.weight }, () => target));
  const deeds: Deed[] = [];
  const going = new Set<Promise<void>>();
  while (deeds.length < kills && !interrupted?.aborted) {
    await sleep(random.next() * LONGEST_PAUSE * 1000);
    while (going.size >= AT_ONCE) await Promise.race(going);
    const done = await harm(random.pick(chosen), random);
    if (done === undefined) continue;
    deeds.push(done.deed);
    say(`${String(deeds.length).padStart(4)}  ${done.deed.what}`);
    const over = done.over.finally(() => going.delete(over));
    going.add(over);
  }
  await Promise.all(going);
  return deeds;
}
