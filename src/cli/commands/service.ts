import { findService, type ServiceRecord } from '../../home.js';
import { ownVersion } from '../../os/own-version.js';
import { isSame, signalSame } from '../../os/process-table.js';
import { Client } from '../client.js';
import type { Cli } from '../context.js';
import { CliError, EXIT, type ExitCode } from '../exit.js';
import { homeOf } from '../home-of.js';
import { endLeftInstances } from '../left-instances.js';
import type { Registry } from '../registry.js';

/** A service that ends finishes its requests and its database first. */
const DOWN_TIMEOUT_MS = 60_000;
const LOOK_MS = 100;

/** `up`, `down` and `version`. */
export function registerService({ program, act }: Registry): void {
  program
    .command('up')
    .description(
      'Runs the service in the foreground, with all that it needs; Ctrl-C ends it, instances go on.',
    )
    .action(() => act(up));

  program
    .command('down')
    .description(
      'Ends the service of this home (SLIPWAY_HOME, default .slipway); instances go on without --instances.',
    )
    .option('--instances', 'end the instances, too; apps stay defined')
    .action((flags: { instances?: boolean }) => act((cli) => down(cli, flags.instances === true)));

  program
    .command('version')
    .description('Shows the version of this program and of the service.')
    .action(() => act(version));
}

/** Loaded only here: the service brings its whole tree along. */
async function up(): Promise<ExitCode> {
  const { serve } = await import('../../service/serve.js');
  await serve();
  return process.exitCode ? EXIT.failed : EXIT.done;
}

async function down(cli: Cli, instances: boolean): Promise<ExitCode> {
  const home = homeOf(cli.io.env);
  const service = await findService(home);
  const ended = instances ? await endInstances(cli, home, service) : 0;
  if (service) await endService(cli, service);
  if (cli.json)
    cli.document({ home, stopped: service !== undefined, ...(instances ? { instances: ended } : {}) });
  else {
    cli.say(service ? `The service${at(service)} has ended.` : `No service runs with the home ${home}.`);
    if (instances) cli.say(`${ended} ${ended === 1 ? 'instance has' : 'instances have'} been ended.`);
  }
  return EXIT.done;
}

/** The service ends them, as it would start them again; without one they are found by their records. */
async function endInstances(cli: Cli, home: string, service: ServiceRecord | undefined): Promise<number> {
  if (service === undefined) {
    return endLeftInstances(home, cli.io);
  }
  const client = new Client({ ...cli.client.options, api: service.apiUrl ?? cli.client.options.api });
  try {
    const answer = await client.call<{ stopped: number }>('POST', '/api/instances/stop');
    return answer.stopped;
  } finally {
    await client.close();
  }
}

/** It has no address before it listens. */
function at({ apiUrl }: ServiceRecord): string {
  return apiUrl === undefined ? '' : ` at ${apiUrl}`;
}

async function endService(cli: Cli, service: ServiceRecord): Promise<void> {
  signalSame(service, 'SIGTERM');
  const deadline = cli.io.now() + DOWN_TIMEOUT_MS;
  while (isSame(service.pid, service.startTime)) {
    if (cli.io.now() > deadline || cli.io.signal.aborted) {
      throw new CliError(
        EXIT.failed,
        `The service (pid ${service.pid}) was told to end and still runs after ${DOWN_TIMEOUT_MS / 1000} s.`,
      );
    }
    await cli.io.sleep(LOOK_MS);
  }
}

/** Without a service it still tells its own. */
async function version(cli: Cli): Promise<ExitCode> {
  const service = await cli.client.get<{ version?: string }>('/api/status').catch(() => undefined);
  const found = { version: ownVersion(), service: service?.version ?? null, api: cli.client.options.api };
  if (cli.json) cli.document(found);
  else cli.say(`slipway ${found.version}`, `service ${found.service ?? 'away'} (${found.api})`);
  return EXIT.done;
}
