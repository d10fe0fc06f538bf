import { Command } from 'commander';
import { build } from '../helpers/build.js';
import { embeddedStage } from './embedded.js';
import { productionStage } from './production.js';
import { type Result, runChaos } from './run.js';
import type { Stage } from './stage.js';

const STAGES: Record<string, () => Promise<Stage>> = {
  embedded: embeddedStage,
  production: productionStage,
};

const program = new Command('chaos')
  .description(
    'Kills, stops and cuts off parts of a real Slipway while it releases, and checks its promises.',
  )
  .option('--kills <n>', 'how much is done, in each mode', '20')
  .option('--seed <n>', 'of an earlier run, to repeat it', String(Math.floor(Math.random() * 2 ** 31)))
  .option('--mode <mode>', 'embedded, production or both', 'both')
  .option('--quiet', 'only the results');
program.parse();
const { kills, seed, mode, quiet } = program.opts<{
  kills: string;
  seed: string;
  mode: string;
  quiet?: boolean;
}>();

const names = mode === 'both' ? Object.keys(STAGES) : [mode];
build();
console.log(`seed ${seed}: npm run chaos -- --kills ${kills} --seed ${seed} --mode ${mode}`);
/** Ctrl-C ends it early, with what was done until then, and everything that was started. */
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
let broken = 0;
for (const name of names) if (!interrupted.signal.aborted) broken += report(await run(name));
process.exit(broken === 0 ? 0 : 1);

async function run(name: string): Promise<Result> {
  const open = STAGES[name];
  if (open === undefined)
    throw new Error(`There is no mode "${name}"; embedded, production and both are there.`);
  const stage = await open();
  const say = (line: string) => {
    if (!quiet) console.log(line);
  };
  try {
    const wanted = { kills: Number(kills), seed: Number(seed), say, interrupted: interrupted.signal };
    const result = await runChaos(stage, wanted);
    if (result.breaches.length > 0) console.log(stage.output());
    return result;
  } finally {
    await stage.dispose();
  }
}

function report({ stage, deeds, releases, told, samples, seconds, breaches }: Result): number {
  const done = `${deeds.length} kills, stops and cuts in ${seconds} s`;
  const seen = `${releases} changes accepted, ${told} instances told to end, ${samples} looks at the processes`;
  console.log(`${stage}: ${done}; ${seen}; ${breaches.length} breaches`);
  for (const breach of breaches) console.log(`  BREACH ${breach}`);
  return breaches.length;
}
