import { giveCommand } from '../admission/give-command.js';
import { wasTaken } from '../admission/idempotency.js';
import { TerminalError } from '../errors.js';
import { type Command, type CommandBody, type Deployment, isEnded } from '../model/deployment.js';
import { deploymentById } from '../store/deployments.js';
import type { Context } from './deps.js';

/**
 * Carries out a command on a deployment, whether its workflow runs or has not started yet.
 * A refusal (409) names the state that the deployment is in by then.
 */
export async function runCommand(
  context: Context,
  deployment: Deployment,
  command: Command,
  body: CommandBody,
): Promise<void> {
  const { id } = deployment;
  if (await isRepetition(context, id, command, body)) return;
  if (isEnded(deployment.state)) throw hasEnded(deployment, command);
  try {
    await giveCommand(context, id, command, body, () => context.now().getTime());
  } catch (error) {
    // It may have taken this very request and ended since.
    if (await isRepetition(context, id, command, body)) return;
    throw await explained(context, id, command, error);
  }
}

/** The first answer is given again, also when the deployment has ended since; the workflow knows the latest ones. */
async function isRepetition(
  { store, config }: Context,
  deployment: string,
  command: Command,
  { requestId }: CommandBody,
): Promise<boolean> {
  if (requestId === undefined) return false;
  return wasTaken(store.db, config.environment, { deployment, command, requestId });
}

function hasEnded({ id, state }: Deployment, command: Command): TerminalError {
  return new TerminalError(
    'not_applicable',
    `Deployment ${id} has ended (${state}); ${command} does not apply to it.`,
    {
      state,
    },
  );
}

async function explained(
  { store, config }: Context,
  id: string,
  command: Command,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof TerminalError)) return error;
  const now = await deploymentById(store.db, config.environment, id);
  if (now === undefined) return error;
  if (isEnded(now.state)) return hasEnded(now, command);
  if (now.state === 'accepted' || now.state === 'queued') return notBegun(now, command);
  return new TerminalError(error.code, error.message, { state: now.state, ...error.extra });
}

function notBegun({ id, state }: Deployment, command: Command): TerminalError {
  const text = `Deployment ${id} has not begun yet (${state}), so ${command} does not apply to it; cancel and close do.`;
  return new TerminalError('not_applicable', text, { state });
}
