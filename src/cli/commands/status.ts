import type { Deployment } from '../../model/deployment.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode, usageError } from '../exit.js';
import { deploymentsOf, pages } from '../pages.js';
import type { Registry } from '../registry.js';
import { deploymentLines, deploymentTable } from '../render/deployment.js';
import { findDeployment } from '../resolve.js';
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
    .description('Lists active deployments, newest first.')
    .option('-a, --all', 'ended ones, too')
    .option('--app <app>', 'only those that touch this app')
    .action((flags: { all?: boolean; app?: string }) => act((cli) => list(cli, flags)));
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

async function list(cli: Cli, { all, app }: { all?: boolean; app?: string }): Promise<ExitCode> {
  const filter = { ...(app === undefined ? {} : { app }), ...(all ? {} : { active: true }) };
  const found: Deployment[] = [];
  for await (const deployment of pages<Deployment>(cli.client, '/api/deployments', filter)) {
    if (all && !cli.json && found.length === SHOWN) {
      cli.io.err.write(`Only the newest ${SHOWN} are shown; --json gives all.\n`);
      break;
    }
    found.push(deployment);
  }
  if (cli.json) cli.document(found);
  else if (found.length === 0) cli.say(all ? 'There is no deployment.' : 'No deployment is active.');
  else cli.say(...deploymentTable(found, cli.paint, cli.io.now()));
  return EXIT.done;
}
