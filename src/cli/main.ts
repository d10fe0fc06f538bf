import { Command, CommanderError } from 'commander';
import { Refused } from './client.js';
import { registerApply } from './commands/apply.js';
import { registerCalendar } from './commands/calendar.js';
import { registerChanges } from './commands/changes.js';
import { registerControl } from './commands/control.js';
import { registerDescribe } from './commands/describe.js';
import { registerEdit } from './commands/edit.js';
import { registerEvents } from './commands/events.js';
import { registerExplain } from './commands/explain.js';
import { registerExport } from './commands/export.js';
import { registerLedger } from './commands/ledger.js';
import { registerLists } from './commands/lists.js';
import { registerLogs } from './commands/logs.js';
import { registerRollout } from './commands/rollout.js';
import { registerService } from './commands/service.js';
import { registerStatus } from './commands/status.js';
import { registerTemplates } from './commands/templates.js';
import { type Cli, createCli, type GlobalOptions } from './context.js';
import { CliError, EXIT, EXIT_HELP, type ExitCode } from './exit.js';
import { type Io, paintFor } from './io.js';
import type { Action, Registry } from './registry.js';

/**
 * The command line: `argv` without the program's name. Answers with the exit code (see EXIT); never throws, never exits.
 * All output goes to `io`.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  let chosen: Action | undefined;
  const program = buildProgram(io, (action) => {
    chosen = action;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return error instanceof CommanderError ? ofCommander(error) : complain(error, io, false);
  }
  return chosen === undefined ? EXIT.done : carryOut(chosen, io, program.opts<GlobalOptions>());
}

async function carryOut(action: Action, io: Io, options: GlobalOptions): Promise<number> {
  let cli: Cli | undefined;
  try {
    cli = createCli(io, options);
    return await action(cli);
  } catch (error) {
    // What was followed was stopped by the caller.
    if (io.signal.aborted) return EXIT.done;
    return complain(error, io, options.json === true);
  } finally {
    await cli?.client.close();
  }
}

/** All commands; `act` is told of the one that was chosen. docs/cli.md is made from it. */
export function buildProgram(io: Io, act: Registry['act']): Command {
  const program = new Command('slipway')
    .description('Releases what you hand it, step by step: see "slipway apply --help".')
    .option('--api <url>', 'address of the service (SLIPWAY_API; default http://127.0.0.1:8080)')
    .option('--token <token>', 'bearer token (SLIPWAY_TOKEN)')
    .option('-e, --environment <name>', 'another environment than the default one (SLIPWAY_ENVIRONMENT)')
    .option('--by <name>', 'in whose name (default: the user)')
    .option('--json', 'machine-readable output: one JSON document, or one a line for what is followed')
    .addHelpText('after', `\n${EXIT_HELP}`)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const registry = { program, act };
  program.commandsGroup('Releasing:');
  for (const register of [registerApply, registerChanges, registerTemplates, registerExport])
    register(registry);
  program.commandsGroup('While it runs:');
  for (const register of [registerStatus, registerExplain, registerControl, registerEdit]) register(registry);
  for (const register of [registerRollout, registerCalendar]) register(registry);
  program.commandsGroup('What runs and what was decided:');
  for (const register of [registerLists, registerDescribe, registerLogs]) register(registry);
  for (const register of [registerEvents, registerLedger]) register(registry);
  program.commandsGroup('The service itself:');
  registerService(registry);
  return program;
}

/** Help was asked for and is no error; all the rest is a wrong command line. */
function ofCommander(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}

function complain(error: unknown, io: Io, json: boolean): ExitCode {
  const known = error instanceof CliError ? error : undefined;
  const message = known?.message ?? (error instanceof Error ? error.message : String(error));
  const paint = paintFor(io.err, io.env);
  if (json && error instanceof Refused) io.err.write(`${JSON.stringify(error.body)}\n`);
  else io.err.write([paint.red(message), ...(known?.lines ?? []).map((line) => `  ${line}`), ''].join('\n'));
  return known?.exit ?? EXIT.failed;
}
