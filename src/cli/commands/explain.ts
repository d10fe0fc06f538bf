import type { ExplainedInstance, Explanation } from '../../explain/types.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode } from '../exit.js';
import type { Registry } from '../registry.js';
import { findDeployment, named } from '../resolve.js';

/** `explain`. */
export function registerExplain({ program, act }: Registry): void {
  program
    .command('explain <deployment|app>')
    .description(
      'Says why a deployment does not move, or how it ended: what holds it, until when, who can act.',
    )
    .action((name: string) => act((cli) => explain(cli, name)));
}

async function explain(cli: Cli, name: string): Promise<ExitCode> {
  const target = await findDeployment(cli.client, name, 'any');
  const answer = await cli.client.call<Explanation>('GET', `/api/deployments/${target.id}/explain`);
  if (cli.json) cli.document(answer);
  else
    cli.say(
      `${named(target)}: ${answer.description}`,
      ...answer.instances.flatMap(lines),
      ...actions(answer),
    );
  return EXIT.done;
}

function lines({
  id,
  ordinal,
  state,
  check,
  lastAnswer,
  exitStatus,
  waitingFor,
  lastLog,
}: ExplainedInstance): string[] {
  const status = exitStatus === undefined ? '' : ` with exit status ${exitStatus}`;
  const why = [check, lastAnswer, waitingFor].filter((text) => text !== undefined).join('; ');
  const which = ordinal === undefined ? '' : ` (ordinal ${ordinal})`;
  return [
    `  ${id}${which} is ${state}${status}${why ? `: ${why}` : ''}`,
    ...lastLog.map((line) => `    | ${line}`),
  ];
}

function actions({ canAct }: Explanation): string[] {
  if (canAct.length === 0) return [];
  return [`Possible now: ${canAct.map(({ command }) => command).join(', ')}`];
}
