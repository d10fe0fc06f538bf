import type { Cli } from '../context.js';
import { CliError, EXIT, type ExitCode } from '../exit.js';
import type { Registry } from '../registry.js';
import { type StartFlags, startReleases } from '../release.js';
import { absolute } from '../resolve.js';
import { numberOf } from '../strategy.js';
import { type ControlFlags, send } from './control.js';
import { history, revisionsOf } from './lists.js';
import { show, watch } from './status.js';

interface UndoFlags extends StartFlags {
  toRevision?: string;
}

/** `rollout status|history|undo|pause|resume|restart`, as kubectl has them; an app is named `web` or `deployment/web`. */
export function registerRollout({ program, act }: Registry): void {
  const rollout = program.command('rollout').description("Manages an app's releases in kubectl's words.");

  rollout
    .command('status <app>')
    .description('Follows the deployment of an app to its end; exit 1 if it does not succeed.')
    .option('--no-watch', 'show how far it is')
    .action((app: string, { watch: live }: { watch: boolean }) =>
      act((cli) => (live ? watch(cli, named(app)) : show(cli, named(app)))),
    );
  rollout
    .command('history <app>')
    .description('Lists the revisions of an app.')
    .action((app: string) => act((cli) => history(cli, named(app))));
  rollout
    .command('undo <app>')
    .description('Goes back to the revision before, or to another.')
    .option('--to-revision <n>', 'the revision to go back to')
    .option('--reason <text>', 'why, for the ledger')
    .option('--wait', 'follow it to its end')
    .option('--dry-run', 'show the plan, store nothing')
    .action((app: string, flags: UndoFlags) => act((cli) => undo(cli, named(app), flags)));
  rollout
    .command('restart <app>')
    .description('Replaces all instances of an app by its strategy.')
    .option('--reason <text>', 'why, for the ledger')
    .option('--wait', 'follow it to its end')
    .option('--dry-run', 'show the plan, store nothing')
    .action((app: string, flags: StartFlags) =>
      act((cli) => startReleases(cli, [{ source: app, change: { restart: { id: named(app) } } }], flags)),
    );
  for (const control of ['pause', 'resume'] as const) {
    rollout
      .command(`${control} <app>`)
      .description(`${control === 'pause' ? 'Pauses' : 'Resumes'} the deployment of an app.`)
      .option('--reason <text>', 'why, for the ledger')
      .action((app: string, flags: ControlFlags) => act((cli) => send(cli, control, named(app), flags)));
  }
}

async function undo(cli: Cli, app: string, { toRevision, ...flags }: UndoFlags): Promise<ExitCode> {
  const revision =
    toRevision === undefined ? await previous(cli, app) : numberOf('--to-revision', toRevision);
  return startReleases(cli, [{ source: app, change: { rollback: { id: app, revision } } }], flags);
}

async function previous(cli: Cli, app: string): Promise<number> {
  const [, before] = await revisionsOf(cli, app);
  if (before) return before.revision;
  throw new CliError(EXIT.failed, `${app} has no revision before the present one.`);
}

/** `deployment/web` and `app/web` are `/web`. */
function named(text: string): string {
  return absolute(text.replace(/^(deployment|deploy|app)\//, ''));
}
