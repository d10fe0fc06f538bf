import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client } from '../cli/client.js';
import { type Io, paintFor, processIo } from '../cli/io.js';
import { onParentDeath } from '../os/npm-parent.js';
import { cleanUp } from './clean-up.js';
import { PRODUCT } from './product.js';
import { type DemoService, findOrStart } from './service.js';
import type { Stage } from './stage.js';
import { tell } from './story.js';

/**
 * Releases a product as real processes, upgrades it under load with a pause in the middle, and says what was
 * measured. `--keep` leaves all of it running. Exit 1: a promise was broken, or it could not be shown.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  const io = processIo(interruption());
  const say = (...lines: string[]) => void io.out.write(lines.map((line) => `${line}\n`).join(''));

  const service = await findOrStart(io.env, say, io.signal);
  const stage: Stage = { client: clientOf(service, io), io, say, paint: paintFor(io.out, io.env) };
  let made = false;
  try {
    await refuseToOverwrite(stage.client);
    made = true;
    return (await tell(stage, randomUUID())) ? 0 : 1;
  } catch (error) {
    say('', io.signal.aborted ? 'Interrupted.' : stage.paint.red(sentenceOf(error)));
    return 1;
  } finally {
    if (values.keep) say('', ...keptLines(service));
    else await cleanUp(stage, service, made);
    await stage.client.close();
  }
}

/** Ctrl-C, SIGTERM, or the end of the npm that runs it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  onParentDeath(interrupt);
  return controller.signal;
}

/** Works on during the clean-up of an interrupted demo, too. */
function clientOf({ api }: DemoService, { env, sleep }: Io): Client {
  const { signal } = new AbortController();
  const token = env.SLIPWAY_TOKEN ? { token: env.SLIPWAY_TOKEN } : {};
  return new Client({ api, by: 'demo', sleep, signal, ...token });
}

async function refuseToOverwrite(client: Client): Promise<void> {
  const { apps } = await client.get<{ apps: { id: string }[] }>('/v2/apps');
  const there = apps.map(({ id }) => id).filter((id) => id.startsWith(`${PRODUCT.group}/`));
  if (there.length === 0) return;
  throw new Error(
    `The service already has ${there.join(', ')}, and the demo needs that place: "slipway delete ${PRODUCT.group}" removes them.`,
  );
}

function keptLines({ api, own, home }: DemoService): string[] {
  return [
    `The service goes on at ${api}: look with "npx slipway --api ${api} ps".`,
    ...(own ? [`End it with "SLIPWAY_HOME=${home} npx slipway down --instances".`] : []),
  ];
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main().catch((error: unknown) => {
  const interrupted = error instanceof Error && error.name === 'AbortError';
  process.stderr.write(`${interrupted ? 'Interrupted.' : sentenceOf(error)}\n`);
  return 1;
});
