import type { LedgerEntry } from '../../model/deployment.js';
import { isAlive } from '../../model/instance.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode } from '../exit.js';
import { instancesOf } from '../instances.js';
import { all } from '../pages.js';
import type { Registry } from '../registry.js';
import { shortId } from '../render/deployment.js';
import { instanceTable } from '../render/instances.js';
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

/** `ps`, `history` and `ledger`. */
export function registerLists({ program, act }: Registry): void {
  program
    .command('ps [app]')
    .description('Lists instances: of an app, or of all.')
    .option('-a, --all', 'ended ones, too')
    .action((app: string | undefined, flags: { all?: boolean }) =>
      act((cli) => ps(cli, app, flags.all === true)),
    );

  program
    .command('history <app>')
    .description('Lists the revisions of an app: when, by whom and why.')
    .action((app: string) => act((cli) => history(cli, app)));

  program
    .command('ledger [deployment|app]')
    .description('Lists decisions: who, when, through which channel, why.')
    .action((name: string | undefined) => act((cli) => ledger(cli, name)));
}

async function ps(cli: Cli, app: string | undefined, ended: boolean): Promise<ExitCode> {
  const found = (await instancesOf(cli.client, app)).filter(({ state }) => ended || isAlive(state));
  const none = app === undefined ? 'No instance runs.' : `No instance of ${absolute(app)} runs.`;
  return print(cli, found, none, (now) => instanceTable(found, cli.paint, now));
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

async function ledger(cli: Cli, name: string | undefined): Promise<ExitCode> {
  const filter = name === undefined ? {} : { deployment: (await findDeployment(cli.client, name, 'any')).id };
  const found = await all<LedgerEntry>(cli.client, '/api/ledger', filter);
  return print(cli, found, 'No decision was recorded.', () =>
    table(
      ['AT', 'DEPLOYMENT', 'COMMAND', 'BY', 'CHANNEL', 'REASON', 'DESCRIPTION'],
      found.map((e) => [
        e.at,
        shortId(e.deployment),
        e.command,
        e.by,
        e.channel,
        e.reason ?? '',
        e.description,
      ]),
    ),
  );
}

function print(cli: Cli, found: unknown[], none: string, lines: (now: number) => string[]): ExitCode {
  if (cli.json) cli.document(found);
  else cli.say(...(found.length === 0 ? [none] : lines(cli.io.now())));
  return EXIT.done;
}
