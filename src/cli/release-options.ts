import type { Command } from 'commander';
import type { StrategyOptions } from './strategy.js';

/** How and when a release goes, as commander gives it: what may also be edited while it runs. */
export interface EditableFlags extends StrategyOptions {
  pauseMode?: string;
  minReady?: string;
  deadline?: string;
  failureBudget?: string;
  hold?: string;
  onFailure?: string;
  revisionHistoryLimit?: string;
  startAt?: string;
  window?: string;
  reason?: string;
}

/** Options of every command that starts a release. */
export interface ReleaseFlags extends EditableFlags {
  approvals?: string;
  approveFrom?: string;
  approvalExpires?: string;
  wave?: string[];
  lock?: string;
  force?: boolean;
}

/** Headings of the help; docs/cli.md says each of these groups once. */
export const OPTION_GROUPS = {
  how: 'How it goes:',
  when: 'When it goes:',
  agreement: 'Who agrees before it begins:',
  where: 'Where it goes:',
  lock: 'Where another deployment holds an app:',
} as const;

/** Adds all that a new release may state. */
export function addReleaseOptions(command: Command): Command {
  addEditableOptions(command)
    .optionsGroup(OPTION_GROUPS.agreement)
    .option('--approve-from <names>', 'whoever may approve it, with commas between')
    .option('--approvals <n>', 'so many of them have to (default 1)')
    .option('--approval-expires <duration>', 'it fails when they have not until then')
    .optionsGroup(OPTION_GROUPS.where)
    .option(
      '--wave <environment[:gate]>',
      'one environment after another; gate: 10m, manual or approve=2/eva,olga,ben; may be repeated',
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    );
  return addReason(command);
}

/** Adds what may also be edited while a release runs. */
export function addEditableOptions(command: Command): Command {
  return command
    .optionsGroup(OPTION_GROUPS.how)
    .option('--strategy <type|json>', 'marathon, rolling, recreate, batches, canary, blueGreen, or JSON')
    .option('--min-health <share>', 'marathon: share of instances that stays healthy, 0 to 1')
    .option('--max-over <share>', 'marathon: share that may run beyond the wanted ones, 0 to 1')
    .option('--max-surge <n|%>', 'rolling: instances beyond the wanted ones (default 25%)')
    .option('--max-unavailable <n|%>', 'rolling: instances that may be missing (default 25%)')
    .option('--order <order>', 'rolling: CreateFirst or DeleteFirst')
    .option('--interval <duration>', 'rolling: from the beginning of a cycle to the next')
    .option('--manual', 'rolling, blueGreen: each further cycle waits for "advance"')
    .option('--batches <n|list>', 'so many batches, or their sizes: 10%,5,rest')
    .option('--canary <steps>', 'sizes with their waits: 1:manual,10%:5m,50%')
    .option('--keep-old <duration>', 'blueGreen: how long the old ones stay')
    .option('--pause-mode <mode>', 'none, first (after the first batch) or each (after every batch)')
    .option('--min-ready <duration>', 'how long an instance must be ready to count')
    .option('--deadline <duration>', 'the longest time without progress (default 10m)')
    .option('--failure-budget <n>', 'failed instances to go on with (default 0)')
    .option('--hold <duration>', 'how long a failing batch is held')
    .option('--on-failure <what>', 'hold, rollback or fail')
    .option('--revision-history-limit <n>', 'old revisions that are kept (default 10)')
    .optionsGroup(OPTION_GROUPS.when)
    .option('--start-at <time>', 'not before: 2026-01-31T09:30:00Z, or +2h from now')
    .option('--window <name>', 'only while this window is open (see "slipway windows")');
}

/** Adds what to do where an app is held by another deployment. */
export function addLockOptions(command: Command): Command {
  return command
    .optionsGroup(OPTION_GROUPS.lock)
    .option('--force', 'supersede the deployments that hold the apps')
    .option('--lock <policy>', 'refuse, queue or supersede');
}

/** Adds following and previewing. */
export function addStartOptions(command: Command): Command {
  return command
    .option('--wait', 'follow it to its end; exit 1 if it does not succeed')
    .option('--dry-run', 'show the plan, store nothing');
}

/** Adds why, to the plain options. */
export function addReason(command: Command): Command {
  return command.optionsGroup('Options:').option('--reason <text>', 'why, for the ledger');
}
