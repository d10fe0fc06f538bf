import type { Cli } from './context.js';
import { usageError } from './exit.js';
import { namesOf } from './names.js';
import type { EditableFlags, ReleaseFlags } from './release-options.js';
import { numberOf, strategyFrom } from './strategy.js';
import { momentOf, secondsOf } from './times.js';
import { waveOf } from './waves.js';

type Fields = Record<string, unknown>;

/** The options' part of a request that starts a release (docs/api.md); absent ones are left to the app. Throws CliError (usage). */
export function releaseBody(cli: Cli, flags: ReleaseFlags): Fields {
  return {
    ...editableBody(cli, flags),
    ...stated({
      approval: approval(flags),
      waves: flags.wave?.map(waveOf),
      lock: flags.force ? 'supersede' : oneOf('--lock', flags.lock, ['refuse', 'queue', 'supersede']),
      reason: flags.reason,
    }),
  };
}

/** What of it may also be edited while it runs. Throws CliError (usage). */
export function editableBody(cli: Cli, flags: EditableFlags): Fields {
  return stated({
    strategy: strategyFrom(flags),
    pauseMode: oneOf('--pause-mode', flags.pauseMode, ['none', 'first', 'each']),
    minReadySeconds: read(secondsOf, '--min-ready', flags.minReady),
    progressDeadlineSeconds: read(secondsOf, '--deadline', flags.deadline),
    failureBudget: read(numberOf, '--failure-budget', flags.failureBudget),
    holdSeconds: read(secondsOf, '--hold', flags.hold),
    onFailure: oneOf('--on-failure', flags.onFailure, ['hold', 'rollback', 'fail']),
    revisionHistoryLimit: read(numberOf, '--revision-history-limit', flags.revisionHistoryLimit),
    startAt: flags.startAt === undefined ? undefined : momentOf('--start-at', flags.startAt, cli.io.now()),
    window: flags.window,
  });
}

function approval({ approvals, approveFrom, approvalExpires }: ReleaseFlags): Fields | undefined {
  if (approveFrom === undefined) {
    if (approvals === undefined && approvalExpires === undefined) return undefined;
    throw usageError('An approval needs --approve-from: the names of those who may give it.');
  }
  return stated({
    required: read(numberOf, '--approvals', approvals) ?? 1,
    from: namesOf(approveFrom),
    expiresSeconds: read(secondsOf, '--approval-expires', approvalExpires),
  });
}

function read<T>(
  reader: (option: string, text: string) => T,
  option: string,
  text: string | undefined,
): T | undefined {
  return text === undefined ? undefined : reader(option, text);
}

/** Without the members that are undefined. */
export function stated(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function oneOf(option: string, text: string | undefined, allowed: string[]): string | undefined {
  if (text === undefined || allowed.includes(text)) return text;
  throw usageError(
    `${option} is "${text}"; it must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}.`,
  );
}
