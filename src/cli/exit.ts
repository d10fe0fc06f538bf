/** Exit codes, the same for every command; a script can tell "no" from "not there". */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  away: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command: `message` is the sentence on stderr, `lines` what belongs to it. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exit: ExitCode,
    message: string,
    readonly lines: string[] = [],
  ) {
    super(message);
  }
}

/** The command line itself was wrong. */
export function usageError(message: string, lines: string[] = []): CliError {
  return new CliError(EXIT.usage, message, lines);
}

/** Whether the service was away, so that the same may work in a moment. */
export function isAway(error: unknown): boolean {
  return error instanceof CliError && error.exit === EXIT.away;
}

/** Texts of `--help`. */
export const EXIT_HELP = `Exit codes:
  0  done
  1  failed or refused; a followed deployment did not succeed
  2  the command line was wrong, or names more than one thing
  3  the service is away`;
