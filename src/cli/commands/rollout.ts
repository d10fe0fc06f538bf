import type { Command } from 'commander';
import type { Cli } from '../context.js';
import { CliError, EXIT, type ExitCode, usageError } from '../exit.js';
import type { Registry } from '../registry.js';
import { type StartFlags, startReleases } from '../release.js';
import { addLockOptions, addReleaseOptions, addStartOptions } from '../release-options.js';
import { absolute } from '../resolve.js';
import { numberOf } from '../strategy.js';
import { type ControlFlags, send } from './control.js';
import { history, revisionsOf } from './lists.js';
import { show, watch } from './status.js';

interface UndoFlags extends StartFlags {
  toRevision?: string;
  toVersion?: string;
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
  registerReleases(rollout, act);
  for (const control of ['pause', 'resume'] as const) {
    rollout
      .command(`${control} <app>`)
      .description(`${control === 'pause' ? 'Pauses' : 'Resumes'} the deployment of an app.`)
      .option('--reason <text>', 'why, for the ledger')
      .action((app: string, flags: ControlFlags) => act((cli) => send(cli, control, named(app), flags)));
  }
}

/** Those that start a release. */
function registerReleases(rollout: Command, act: Registry['act']): void {
  const back = rollout
    .command('undo <app|group>')
    .description('Goes back to the revision before, or to another; a group to a version of it.')
    .option('--to-revision <n>', 'the revision to go back to')
    .option('--to-version <time>', 'the version to go back to, as "history" shows it');
  addReleaseOptions(addLockOptions(addStartOptions(back))).action((app: string, flags: UndoFlags) =>
    act((cli) => undo(cli, named(app), flags)),
  );
  const restart = rollout
    .command('restart <app>')
    .description('Replaces all instances of an app by its strategy.');
  addReleaseOptions(addLockOptions(addStartOptions(restart))).action((app: string, flags: StartFlags) =>
    act((cli) => startReleases(cli, [{ source: app, change: { restart: { id: named(app) } } }], flags)),
  );
}

async function undo(
  cli: Cli,
  app: string,
  { toRevision, toVersion, ...flags }: UndoFlags,
): Promise<ExitCode> {
  const rollback = { id: app, ...(await destination(cli, app, toRevision, toVersion)) };
  return startReleases(cli, [{ source: app, change: { rollback } }], flags);
}

async function destination(cli: Cli, app: string, revision?: string, version?: string) {
  if (revision !== undefined && version !== undefined) {
    throw usageError('--to-revision and --to-version name two places to go back to; give one.');
  }
  if (version !== undefined) return { version };
  return {
    revision: revision === undefined ? await previous(cli, app) : numberOf('--to-revision', revision),
  };
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
