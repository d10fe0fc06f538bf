import { randomUUID } from 'node:crypto';
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
  pause: 'holds at the next batch or step; the batch that runs finishes',
  resume: 'opens a pause',
  advance: 'lets one batch go',
  cancel: 'restores the old state; of a first release it removes the app',
  close: 'ends it as failed and leaves instances as they are',
  force: 'goes on past what holds it now',
  retry: 'replaces failed instances',
  rollback: 'starts a deployment that reverts this one',
  approve: 'agrees that it begins',
  reject: 'ends it before it begins',
} as const;
type Control = keyof typeof CONTROLS;

export interface ControlFlags {
  reason?: string;
  expectStep?: string;
  expectBatch?: string;
  batched?: boolean;
  wait?: boolean;
}

/** `pause`, `resume`, … and `pause-mode`. */
export function registerControl({ program, act }: Registry): void {
  for (const control of Object.keys(CONTROLS) as Control[]) {
    const command = program
      .command(`${control} <deployment|app>`)
      .description(`${CONTROLS[control]}.`)
      .option('--reason <text>', 'why, for the ledger')
      .option('--expect-step <n>', 'refuse if it is at another step')
      .option('--expect-batch <n>', 'refuse if it is at another batch')
      .option('--wait', 'follow it to its end');
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

function commandBody({ reason, expectStep, expectBatch, batched }: ControlFlags): Record<string, unknown> {
  const expect = {
    ...(expectStep === undefined ? {} : { step: numberOf('--expect-step', expectStep) }),
    ...(expectBatch === undefined ? {} : { batch: numberOf('--expect-batch', expectBatch) }),
  };
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(Object.keys(expect).length === 0 ? {} : { expect }),
    ...(batched ? { batched } : {}),
  };
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
