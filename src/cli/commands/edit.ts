import { randomUUID } from 'node:crypto';
import type { Deployment } from '../../model/deployment.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode, usageError } from '../exit.js';
import type { Registry } from '../registry.js';
import { editableBody } from '../release-body.js';
import { addEditableOptions, addReason, type EditableFlags } from '../release-options.js';
import { findDeployment, named } from '../resolve.js';
import { follow } from '../watch.js';
import { addExpectOptions, type ExpectFlags, expectBody } from './control.js';

interface EditFlags extends EditableFlags, ExpectFlags {
  wait?: boolean;
}

/** `edit`: other options for what has not run yet. */
export function registerEdit({ program, act }: Registry): void {
  const edit = program
    .command('edit <deployment|app>')
    .summary('change how the rest of a deployment goes')
    .description(
      'Changes how what has not run yet of a deployment goes. Batches that have run stay as they were;\na batch that runs ends as it began.',
    );
  addReason(addEditableOptions(edit));
  addExpectOptions(edit)
    .option('--wait', 'follow it to its end')
    .action((name: string, flags: EditFlags) => act((cli) => change(cli, name, flags)));
}

/** A repeated request is carried out once: the service knows it by its `requestId`. */
async function change(cli: Cli, name: string, flags: EditFlags): Promise<ExitCode> {
  const options = editableBody(cli, flags);
  if (Object.keys(options).length === 0) {
    throw usageError('Nothing to change: say how it goes on, such as --pause-mode each (see --help).');
  }
  const target = await findDeployment(cli.client, name, 'active');
  const requestId = randomUUID();
  const why = flags.reason === undefined ? {} : { reason: flags.reason };
  const answer = await cli.client.call<Deployment>('PATCH', `/api/deployments/${target.id}`, {
    body: { by: cli.by, requestId, ...why, ...expectBody(flags), ...options },
    idempotencyKey: requestId,
  });
  if (flags.wait) return follow(cli, answer.id);
  if (cli.json) cli.document(answer);
  else cli.say(`edited ${named(answer)}: ${Object.keys(options).join(', ')}. ${answer.description}`);
  return EXIT.done;
}
