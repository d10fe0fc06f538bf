import type { Command } from 'commander';
import type { Cli } from './context.js';
import type { ExitCode } from './exit.js';

/** Carries out a chosen command and says how it ended. */
export type Action = (cli: Cli) => Promise<ExitCode>;

/** Where commands register: `act` keeps the chosen one, it runs once the command line was read. */
export interface Registry {
  program: Command;
  act(action: Action): void;
}
