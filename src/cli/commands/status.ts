import { Option } from 'commander';
import { DEPLOYMENT_STATES, type Deployment, type DeploymentState } from '../../model/deployment.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode, usageError } from '../exit.js';
import { deploymentsOf, pages } from '../pages.js';
import type { Registry } from '../registry.js';
import { deploymentLines, deploymentTable } from '../render/deployment.js';
import { absolute, findDeployment } from '../resolve.js';
import { pastOf } from '../times.js';
import { follow } from '../watch.js';

/** Ended deployments that a list shows at most. */
const SHOWN = 50;

/** `status` and `deployments`. */
export function registerStatus({ program, act }: Registry): void {
  program
    .command('status [deployment|app]')
    .summary('how far a deployment is, live with --watch')
    .description(
      'Shows a deployment with its steps; without a name all active ones. With --watch it follows it to its end:\nexit 0 if it succeeded, 1 if it failed, was cancelled or superseded.',
    )
    .option('-w, --watch', 'follow it live')
    .action((name: string | undefined, flags: { watch?: boolean }) =>
      act((cli) => (flags.watch ? watch(cli, name) : show(cli, name))),
    );

  program
    .command('deployments')
    .description('Lists active deployments, the newest first.')
    .option('-a, --all', 'ended ones, too')
    .option('--app <app>', 'only those that touch this app')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices(Object.keys(DEPLOYMENT_STATES)),
    )
    .option(
      '--since <time>',
      'only those accepted then or later: 2026-01-31T09:30:00Z, or 2h for two hours ago',
    )
    .action((flags: ListFlags) => act((cli) => list(cli, flags)));
}

interface ListFlags {
  all?: boolean;
  app?: string;
  state?: DeploymentState;
  since?: string;
}

/** Shows the deployment that the name means, or all active ones. */
export async function show(cli: Cli, name: string | undefined): Promise<ExitCode> {
  const found =
    name === undefined
      ? await deploymentsOf(cli.client, { active: true })
      : [await findDeployment(cli.client, name, 'any')];
  if (cli.json) cli.document(name === undefined ? found : found[0]);
  else if (found.length === 0) cli.say('No deployment is active.');
  else cli.say(...found.flatMap((d) => deploymentLines(d, cli.paint, cli.io.now())));
  return EXIT.done;
}

/** Follows the deployment that the name means, or the only active one. */
export async function watch(cli: Cli, name: string | undefined): Promise<ExitCode> {
  const target = name === undefined ? await theActiveOne(cli) : await findDeployment(cli.client, name, 'any');
  return target === undefined ? EXIT.done : follow(cli, target.id);
}

async function theActiveOne(cli: Cli): Promise<Deployment | undefined> {
  const active = await deploymentsOf(cli.client, { active: true });
  if (active.length > 1) {
    throw usageError(
      `${active.length} deployments are active; name the one to watch.`,
      deploymentTable(active, cli.paint, cli.io.now()),
    );
  }
  if (active.length === 0 && !cli.json) cli.say('No deployment is active.');
  return active[0];
}

async function list(cli: Cli, flags: ListFlags): Promise<ExitCode> {
  // A state says by itself whether those that ended are meant.
  const ended = flags.all === true || flags.state !== undefined;
  const found: Deployment[] = [];
  for await (const deployment of pages<Deployment>(cli.client, '/api/deployments', filterOf(cli, flags))) {
    if (ended && !cli.json && found.length === SHOWN) {
      cli.io.err.write(`Only the newest ${SHOWN} are shown; --json gives all.\n`);
      break;
    }
    found.push(deployment);
  }
  if (cli.json) cli.document(found);
  else if (found.length === 0) cli.say(ended ? 'There is no such deployment.' : 'No deployment is active.');
  else cli.say(...deploymentTable(found, cli.paint, cli.io.now()));
  return EXIT.done;
}

function filterOf(cli: Cli, { all, app, state, since }: ListFlags) {
  return {
    app: app === undefined ? undefined : absolute(app),
    state,
    since: since === undefined ? undefined : pastOf('--since', since, cli.io.now()),
    active: all || state !== undefined ? undefined : true,
  };
}
