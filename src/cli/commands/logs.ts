import { type Instance, isAlive } from '../../model/instance.js';
import type { Cli } from '../context.js';
import { CliError, EXIT, type ExitCode } from '../exit.js';
import { instancesOf } from '../instances.js';
import { linesOf } from '../lines.js';
import type { Registry } from '../registry.js';
import { absolute } from '../resolve.js';
import { numberOf } from '../strategy.js';

interface LogFlags {
  follow?: boolean;
  stderr?: boolean;
  tail?: string;
}

/** Instances of an app have this in their id (Marathon 1.11's form). */
const INSTANCE_ID = /\.(instance-|[0-9a-f]{8}-)/;

/** `logs`: of one instance, or of all that run of an app, each line with the beginning of its instance's id. */
export function registerLogs({ program, act }: Registry): void {
  program
    .command('logs <instance|app>')
    .description('Shows the output of an instance, or of all running instances of an app.')
    .option('-f, --follow', 'go on as it grows')
    .option('--stderr', 'standard error instead of standard output')
    .option('--tail <n>', 'the last n lines')
    .action((name: string, flags: LogFlags) => act((cli) => logs(cli, name, flags)));
}

async function logs(cli: Cli, name: string, flags: LogFlags): Promise<ExitCode> {
  if (INSTANCE_ID.test(name)) {
    await print(cli, name, flags, '');
    return EXIT.done;
  }
  const instances = (await instancesOf(cli.client, name)).filter(({ state }) => isAlive(state));
  if (instances.length === 0) throw new CliError(EXIT.failed, `No instance of ${absolute(name)} runs.`);
  if (flags.follow) await Promise.all(instances.map((one) => print(cli, one.id, flags, tag(one))));
  else for (const one of instances) await print(cli, one.id, flags, tag(one));
  return EXIT.done;
}

/** Enough of the unique part of an id to tell instances apart. */
function tag({ id }: Instance): string {
  return /instance-([0-9a-f]{8})/.exec(id)?.[1] ?? id;
}

async function print(cli: Cli, id: string, flags: LogFlags, prefix: string): Promise<void> {
  const stream = flags.stderr ? 'stderr' : 'stdout';
  const bytes = cli.client.stream(`/api/instances/${encodeURIComponent(id)}/logs`, {
    stream,
    follow: flags.follow ? true : undefined,
    tail: flags.tail === undefined ? undefined : numberOf('--tail', flags.tail),
  });
  for await (const line of linesOf(bytes)) {
    if (cli.json) cli.record({ instance: id, stream, line });
    else cli.say(prefix === '' ? line : `${cli.paint.dim(prefix)} ${line}`);
  }
}
