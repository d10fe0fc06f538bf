import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { PAUSE_MODES, type PauseMode } from '../../model/app.js';
import type { Deployment } from '../../model/deployment.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode, usageError } from '../exit.js';
import type { Registry } from '../registry.js';
import { findDeployment, named } from '../resolve.js';
import { numberOf } from '../strategy.js';
import { follow } from '../watch.js';

/** Commands to a deployment, each with its line of help and what it answers. */
const CONTROLS = {
  pause: 'Holds at the next batch or step; the batch that runs finishes',
  resume: 'Opens a pause',
  advance: 'Lets one batch go',
  cancel: 'Restores the old state; of a first release it removes the app',
  close: 'Ends it as failed and leaves instances as they are',
  force: 'Goes on past what holds it now',
  retry: 'Replaces failed instances',
  rollback: 'Starts a deployment that reverts this one',
  approve: 'Agrees that it begins',
  reject: 'Ends it before it begins',
} as const;
type Control = keyof typeof CONTROLS;

/** Where a deployment has to be for a command to apply. */
export interface ExpectFlags {
  expectStep?: string;
  expectBatch?: string;
}

export interface ControlFlags extends ExpectFlags {
  reason?: string;
  batched?: boolean;
  wait?: boolean;
}

/** `pause`, `resume`, … and `pause-mode`. */
export function registerControl({ program, act }: Registry): void {
  for (const control of Object.keys(CONTROLS) as Control[]) {
    const command = program
      .command(`${control} <deployment|app>`)
      .description(`${CONTROLS[control]}.`)
      .option('--reason <text>', 'why, for the ledger');
    addExpectOptions(command).option('--wait', 'follow it to its end');
    if (control === 'rollback') command.option('--batched', 'by the strategy of the app, not all at once');
    command.action((name: string, flags: ControlFlags) => act((cli) => send(cli, control, name, flags)));
  }
  program
    .command('pause-mode <deployment|app> <mode>')
    .description('Switches the pause mode from the next batch on: none, first or each.')
    .option('--reason <text>', 'why, for the ledger')
    .action((name: string, mode: string, flags: ControlFlags) =>
      act((cli) => send(cli, 'setPauseMode', name, flags, { mode: pauseMode(mode) })),
    );
}

/** A repeated request is carried out once: the service knows it by its `requestId`. */
export async function send(
  cli: Cli,
  control: Control | 'setPauseMode',
  name: string,
  flags: ControlFlags,
  extra: { mode?: PauseMode } = {},
): Promise<ExitCode> {
  const target = await findDeployment(cli.client, name, control === 'rollback' ? 'any' : 'active');
  const requestId = randomUUID();
  const body = { by: cli.by, requestId, ...commandBody(flags), ...extra };
  const answer = await cli.client.call<Deployment>('POST', `/api/deployments/${target.id}/${control}`, {
    body,
    idempotencyKey: requestId,
  });
  if (flags.wait) return follow(cli, answer.id);
  if (cli.json) cli.document(answer);
  else cli.say(outcomeText(control, target, answer));
  return EXIT.done;
}

function commandBody({ reason, batched, ...flags }: ControlFlags): Record<string, unknown> {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...expectBody(flags),
    ...(batched ? { batched } : {}),
  };
}

/** Adds where it has to be: a stale command is refused with what is true now. */
export function addExpectOptions(command: Command): Command {
  return command
    .option('--expect-step <n>', 'refuse if it is at another step')
    .option('--expect-batch <n>', 'refuse if it is at another batch');
}

export function expectBody({ expectStep, expectBatch }: ExpectFlags): { expect?: object } {
  const expect = {
    ...(expectStep === undefined ? {} : { step: numberOf('--expect-step', expectStep) }),
    ...(expectBatch === undefined ? {} : { batch: numberOf('--expect-batch', expectBatch) }),
  };
  return Object.keys(expect).length === 0 ? {} : { expect };
}

/** A rollback answers with the new deployment; every other command with the same one. */
function outcomeText(control: string, target: Deployment, answer: Deployment): string {
  if (control === 'rollback') return `${named(target)} is rolled back by deployment ${answer.id}`;
  return `${control} ${named(answer)}: ${answer.state}. ${answer.description}`;
}

function pauseMode(text: string): PauseMode {
  if (Object.hasOwn(PAUSE_MODES, text)) return text as PauseMode;
  throw usageError(`The pause mode is "${text}"; it must be ${Object.keys(PAUSE_MODES).join(', ')}.`);
}
