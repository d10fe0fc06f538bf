import type { LedgerEntry } from '../../model/deployment.js';
import type { Cli } from '../context.js';
import { type ExitCode, usageError } from '../exit.js';
import { all } from '../pages.js';
import type { Registry } from '../registry.js';
import { shortId } from '../render/deployment.js';
import { table } from '../render/table.js';
import { absolute, findDeployment } from '../resolve.js';
import { numberOf } from '../strategy.js';
import { pastOf } from '../times.js';
import { print } from './lists.js';

interface LedgerFlags {
  deployment?: string;
  app?: string;
  since?: string;
  limit?: string;
}

/** `ledger`: who decided what. Nothing is done in anybody's name here, so the global `--by` says whose decisions. */
export function registerLedger({ program, act }: Registry): void {
  program
    .command('ledger [deployment|app]')
    .summary('list who decided what, when and why')
    .description(
      'Lists decisions, the newest first: who, when, through which channel, why.\nWith --by only those of this person.',
    )
    .option('--deployment <deployment|app>', 'only those about this deployment, as the argument')
    .option('--app <app>', 'only those about this app, and about deployments that touch it')
    .option('--since <time>', 'only those made then or later: 2026-01-31T09:30:00Z, or 2h for two hours ago')
    .option('--limit <n>', 'so many at most')
    .action((name: string | undefined, flags: LedgerFlags) => act((cli) => ledger(cli, name, flags)));
}

async function ledger(cli: Cli, name: string | undefined, flags: LedgerFlags): Promise<ExitCode> {
  if (name !== undefined && flags.deployment !== undefined) {
    throw usageError('The deployment is named twice: give it as the argument or by --deployment.');
  }
  const found = await all<LedgerEntry>(
    cli.client,
    '/api/ledger',
    await filterOf(cli, name ?? flags.deployment, flags),
    flags.limit === undefined ? undefined : numberOf('--limit', flags.limit),
  );
  return print(cli, found, 'No decision was recorded.', () => ledgerTable(found));
}

async function filterOf(cli: Cli, deployment: string | undefined, { app, since }: LedgerFlags) {
  return {
    since: since === undefined ? undefined : pastOf('--since', since, cli.io.now()),
    app: app === undefined ? undefined : absolute(app),
    by: cli.statedBy,
    deployment: deployment && (await findDeployment(cli.client, deployment, 'any')).id,
  };
}

function ledgerTable(entries: LedgerEntry[]): string[] {
  return table(
    ['AT', 'DEPLOYMENT', 'COMMAND', 'BY', 'CHANNEL', 'REASON', 'DESCRIPTION'],
    entries.map((e) => [
      e.at,
      shortId(e.deployment),
      e.command,
      e.by,
      e.channel,
      e.reason ?? '',
      e.description,
    ]),
  );
}
