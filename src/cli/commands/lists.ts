import { isAlive } from '../../model/instance.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode } from '../exit.js';
import { instancesOf } from '../instances.js';
import { all } from '../pages.js';
import type { Registry } from '../registry.js';
import { shortId } from '../render/deployment.js';
import { type Environment, environmentTable } from '../render/environments.js';
import { instanceTable, type ListedInstance } from '../render/instances.js';
import { age, table } from '../render/table.js';
import { absolute, findDeployment } from '../resolve.js';

/** An entry of an app's history (api.md rule 17). */
export interface Revision {
  revision: number;
  version: string;
  at: string;
  by: string;
  reason: string;
  deployment: string;
}

/** `ps`, `history` and `environments`. */
export function registerLists({ program, act }: Registry): void {
  program
    .command('ps [app]')
    .description('Lists instances: of an app, or of all.')
    .option('-a, --all', 'ended ones, too')
    .option('--deployment <deployment|app>', 'those that a deployment touches, each as old or new')
    .action((app: string | undefined, flags: PsFlags) => act((cli) => ps(cli, app, flags)));

  program
    .command('history <app>')
    .description('Lists the revisions of an app: when, by whom and why.')
    .action((app: string) => act((cli) => history(cli, app)));

  program
    .command('environments')
    .description('Lists the environments: what runs instances there, and what of it is taken.')
    .action(() => act(environments));
}

interface PsFlags {
  all?: boolean;
  deployment?: string;
}

async function ps(cli: Cli, app: string | undefined, { all: ended, deployment }: PsFlags): Promise<ExitCode> {
  const every =
    deployment === undefined ? await instancesOf(cli.client, app) : await touchedBy(cli, deployment, app);
  const found = every.filter(({ state }) => ended || isAlive(state));
  const none = app === undefined ? 'No instance runs.' : `No instance of ${absolute(app)} runs.`;
  return print(cli, found, none, (now) => instanceTable(found, cli.paint, now));
}

/** What a deployment touches; with an app only what is of it. */
async function touchedBy(cli: Cli, name: string, app: string | undefined): Promise<ListedInstance[]> {
  const { id } = await findDeployment(cli.client, name, 'any');
  const found = await all<ListedInstance>(cli.client, `/api/deployments/${id}/instances`, {});
  return app === undefined ? found : found.filter((each) => each.app === absolute(app));
}

/** The revisions of an app, newest first. */
export function revisionsOf(cli: Cli, app: string): Promise<Revision[]> {
  return all<Revision>(cli.client, `/api/apps${encodeURI(absolute(app))}/history`, {});
}

/** Prints the revisions of an app. */
export async function history(cli: Cli, app: string): Promise<ExitCode> {
  const found = await revisionsOf(cli, app);
  return print(cli, found, `${absolute(app)} has no revision.`, (now) =>
    table(
      ['REVISION', 'VERSION', 'AGE', 'BY', 'DEPLOYMENT', 'REASON'],
      found.map((r) => [
        String(r.revision),
        r.version,
        age(r.at, now),
        r.by,
        shortId(r.deployment),
        r.reason,
      ]),
    ),
  );
}

async function environments(cli: Cli): Promise<ExitCode> {
  const found = await all<Environment>(cli.client, '/api/environments', {});
  return print(cli, found, 'There is no environment.', () => environmentTable(found));
}

/** Prints a list: a document for machines, a table or its absence for people. */
export function print(cli: Cli, found: unknown[], none: string, lines: (now: number) => string[]): ExitCode {
  if (cli.json) cli.document(found);
  else cli.say(...(found.length === 0 ? [none] : lines(cli.io.now())));
  return EXIT.done;
}
