import type { Command } from 'commander';
import { usageError } from './exit.js';
import { numberOf, type StrategyOptions, strategyFrom } from './strategy.js';

/** Options of every command that starts a release, as commander gives them. */
export interface ReleaseFlags extends StrategyOptions {
  pauseMode?: string;
  minReady?: string;
  deadline?: string;
  failureBudget?: string;
  hold?: string;
  onFailure?: string;
  lock?: string;
  force?: boolean;
  reason?: string;
}

/** Adds how a release goes: strategy, pauses, failure. */
export function addReleaseOptions(command: Command): Command {
  return command
    .optionsGroup('How it goes:')
    .option('--strategy <type|json>', 'marathon, rolling, recreate, batches, canary, blueGreen, or JSON')
    .option('--min-health <share>', 'marathon: share of instances that stays healthy, 0 to 1')
    .option('--max-over <share>', 'marathon: share that may run beyond the wanted ones, 0 to 1')
    .option('--max-surge <n|%>', 'rolling: instances beyond the wanted ones (default 25%)')
    .option('--max-unavailable <n|%>', 'rolling: instances that may be missing (default 25%)')
    .option('--order <order>', 'rolling: CreateFirst or DeleteFirst')
    .option('--interval <seconds>', 'rolling: from the beginning of a cycle to the next')
    .option('--manual', 'rolling, blueGreen: each further cycle waits for "advance"')
    .option('--batches <n|list>', 'so many batches, or their sizes: 10%,5,rest')
    .option('--canary <steps>', 'sizes with their waits: 1:manual,10%:60,50%')
    .option('--keep-old <seconds>', 'blueGreen: how long the old ones stay')
    .option('--pause-mode <mode>', 'none, first (after the first batch) or each (after every batch)')
    .option('--min-ready <seconds>', 'how long an instance must be ready to count')
    .option('--deadline <seconds>', 'the longest time without progress (default 600)')
    .option('--failure-budget <n>', 'failed instances to go on with (default 0)')
    .option('--hold <seconds>', 'how long a failing batch is held')
    .option('--on-failure <what>', 'hold, rollback or fail')
    .option('--reason <text>', 'why, for the ledger')
    .optionsGroup('Options:');
}

/** Adds what to do where an app is held by another deployment. */
export function addLockOptions(command: Command): Command {
  return command
    .option('--force', 'supersede the deployments that hold the apps')
    .option('--lock <policy>', 'refuse, queue or supersede where another deployment holds an app');
}

/** The options' part of a request's body (api.md); absent ones are left to the app. Throws CliError (usage). */
export function releaseBody(flags: ReleaseFlags): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    strategy: strategyFrom(flags),
    pauseMode: oneOf('--pause-mode', flags.pauseMode, ['none', 'first', 'each']),
    minReadySeconds: number('--min-ready', flags.minReady),
    progressDeadlineSeconds: number('--deadline', flags.deadline),
    failureBudget: number('--failure-budget', flags.failureBudget),
    holdSeconds: number('--hold', flags.hold),
    onFailure: oneOf('--on-failure', flags.onFailure, ['hold', 'rollback', 'fail']),
    lock: flags.force ? 'supersede' : oneOf('--lock', flags.lock, ['refuse', 'queue', 'supersede']),
    reason: flags.reason,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function number(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberOf(option, text);
}

function oneOf(option: string, text: string | undefined, allowed: string[]): string | undefined {
  if (text === undefined || allowed.includes(text)) return text;
  throw usageError(
    `${option} is "${text}"; it must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}.`,
  );
}
