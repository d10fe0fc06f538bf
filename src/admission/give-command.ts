import type { Command, CommandBody } from '../model/deployment.js';
import type { Store } from '../store/store.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import { commandBeforeStart } from './before-start.js';
import type { Clock } from './clock.js';

/** What takes commands. */
export interface CommandDeps {
  store: Store;
  workflows: Pick<DeploymentWorkflows, 'command'>;
}

/**
 * Gives a live deployment a command, whether its workflow runs or has not started yet.
 * Throws as DeploymentWorkflows.command does; `not_found` for an unknown deployment.
 */
export async function giveCommand(
  { store, workflows }: CommandDeps,
  id: string,
  command: Command,
  body: CommandBody,
  clock?: Clock,
): Promise<void> {
  if (await commandBeforeStart(store, id, command, body, clock)) return;
  await workflows.command(id, command, body);
}
