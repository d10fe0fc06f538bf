import type { PlanPreview } from '../admission/types.js';
import type { Deployment } from '../model/deployment.js';
import type { Cli } from './context.js';
import { EXIT, type ExitCode } from './exit.js';
import { releaseBody } from './release-body.js';
import type { ReleaseFlags } from './release-options.js';
import { planLines, warningLines } from './render/plan.js';
import { follow, untilEnded } from './watch.js';

/** One wanted change of api.md, and what it came from, for messages. */
export interface Wanted {
  change: Record<string, unknown>;
  source?: string;
}

/** Flags of a command that starts releases. */
export interface StartFlags extends ReleaseFlags {
  wait?: boolean;
  dryRun?: boolean;
}

/** Starts a release per change, one after another; with `wait` the next one starts when the one before has succeeded. */
export async function startReleases(cli: Cli, changes: Wanted[], flags: StartFlags): Promise<ExitCode> {
  if (flags.dryRun) return showPlans(cli, changes, flags);
  const started: Deployment[] = [];
  let exit: ExitCode = EXIT.done;
  for (const wanted of changes) {
    const deployment = await start(cli, wanted, flags);
    const ended = flags.wait ? await conclude(cli, deployment) : deployment;
    started.push(ended);
    if (flags.wait && ended.state !== 'succeeded') {
      exit = EXIT.failed;
      break;
    }
  }
  if (cli.json) printDocuments(cli, started);
  return exit;
}

/** Shows what would be done; nothing is stored. Exit 1 where something would not fit. */
export async function showPlans(cli: Cli, changes: Wanted[], flags: ReleaseFlags): Promise<ExitCode> {
  const body = { by: cli.by, ...releaseBody(cli, flags) };
  const plans: PlanPreview[] = [];
  for (const { change, source } of changes) {
    const plan = await cli.client.call<PlanPreview>('POST', '/api/plan', { body: { ...body, change } });
    plans.push(plan);
    if (cli.json) continue;
    if (source !== undefined && changes.length > 1) cli.say(cli.paint.dim(source));
    cli.say(...planLines(plan, cli.paint));
  }
  if (cli.json) printDocuments(cli, plans);
  return plans.every((plan) => plan.fits) ? EXIT.done : EXIT.failed;
}

async function start(cli: Cli, { change }: Wanted, flags: ReleaseFlags): Promise<Deployment> {
  const body = { by: cli.by, ...releaseBody(cli, flags), change };
  const deployment = await cli.client.postOnce<Started>('/api/deployments', body);
  if (!cli.json) announce(cli, deployment);
  return deployment;
}

/** A deployment that was just accepted; of a manifest also what it says and the model does not. */
type Started = Deployment & Partial<Pick<PlanPreview, 'notCarriedOver'>>;

function announce(cli: Cli, { id, affectedApps, warnings, notCarriedOver = [] }: Started): void {
  const apps = affectedApps.length > 0 ? affectedApps.join(', ') : 'nothing changes';
  cli.say(`deployment ${cli.paint.bold(id)} accepted: ${apps}`);
  cli.say(...warningLines({ warnings, notCarriedOver }, cli.paint));
}

/** Shows progress to the end. A script that asked for JSON gets one document in the end and nothing meanwhile. */
async function conclude(cli: Cli, { id }: Deployment): Promise<Deployment> {
  if (!cli.json) await follow(cli, id);
  return untilEnded(cli, id);
}

/** One thing as it is, several as a list. */
function printDocuments(cli: Cli, documents: unknown[]): void {
  cli.document(documents.length === 1 ? documents[0] : documents);
}
