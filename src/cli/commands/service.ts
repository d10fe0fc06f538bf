import { environmentHomes, findService, type ServiceRecord } from '../../home.js';
import { ownVersion } from '../../os/own-version.js';
import { isSame, signalSame } from '../../os/process-table.js';
import type { serve } from '../../service/serve.js';
import { Client } from '../client.js';
import type { Cli } from '../context.js';
import { CliError, EXIT, type ExitCode } from '../exit.js';
import { homeOf } from '../home-of.js';
import { endLeftInstances } from '../left-instances.js';
import type { Registry } from '../registry.js';

type Serve = typeof serve;

/** A service that ends finishes its requests and its database first. */
const DOWN_TIMEOUT_MS = 60_000;
const LOOK_MS = 100;

/** `up`, `down`, `version` and `info`, and the processes that the service consists of where it is more than one. */
export function registerService({ program, act }: Registry): void {
  program
    .command('up')
    .description(
      'Runs the service in the foreground, with all that it needs; Ctrl-C ends it, instances go on.',
    )
    .action(() => act(up));

  program
    .command('api')
    .description('Runs an API server of an installation of many processes (docs/operating.md).')
    .action(() => act(api));

  program
    .command('worker')
    .description(
      'Runs a worker of an installation of many processes: workflows, and what starts and ends them.',
    )
    .action(() => act(worker));

  program
    .command('agent')
    .description('Runs the instances on this host, for an installation of many processes.')
    .option('--take-over', 'also where another home had them that will never come back')
    .addHelpText('after', '\nThe environment is the one of SLIPWAY_ENVIRONMENT, else the default one.')
    .action((flags: { takeOver?: boolean }) => act(() => agent(flags.takeOver === true)));

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

  program
    .command('info')
    .description('Shows where the service is, and what of it is up; exit 3 where something is away.')
    .action(() => act(info));
}

/** These are loaded only here: the service brings its whole tree along. */
async function up(): Promise<ExitCode> {
  const { startEmbedded } = await import('../../service/embedded.js');
  return foreground('Slipway', startEmbedded);
}

async function api(): Promise<ExitCode> {
  const { startApi } = await import('../../service/api.js');
  return foreground('Slipway API', startApi);
}

async function worker(): Promise<ExitCode> {
  const { startWorker } = await import('../../service/worker.js');
  return foreground('Slipway worker', startWorker);
}

async function agent(takeOver: boolean): Promise<ExitCode> {
  const { startAgent } = await import('../../service/agent.js');
  return foreground('Slipway agent', (surroundings) => startAgent(surroundings, takeOver));
}

async function foreground(...[what, start]: Parameters<Serve>): Promise<ExitCode> {
  const { serve } = await import('../../service/serve.js');
  await serve(what, start);
  return process.exitCode ? EXIT.failed : EXIT.done;
}

async function down(cli: Cli, instances: boolean): Promise<ExitCode> {
  const home = homeOf(cli.io.env);
  const service = await findService(home);
  const ended = await endBoth(cli, home, service, instances);
  if (cli.json)
    cli.document({ home, stopped: service !== undefined, ...(instances ? { instances: ended } : {}) });
  else {
    cli.say(service ? `The service${at(service)} has ended.` : `No service runs with the home ${home}.`);
    if (instances) cli.say(`${ended} ${ended === 1 ? 'instance has' : 'instances have'} been ended.`);
  }
  return EXIT.done;
}

/** An embedded service ends them itself, as it would start them again; else they are found by their records afterwards. */
async function endBoth(
  cli: Cli,
  home: string,
  service: ServiceRecord | undefined,
  instances: boolean,
): Promise<number> {
  const asked = instances && service?.apiUrl !== undefined ? await askToEnd(cli, service.apiUrl) : undefined;
  if (service) await endService(cli, service);
  return asked ?? (instances ? endLeft(cli, home) : 0);
}

async function endLeft(cli: Cli, home: string): Promise<number> {
  let ended = 0;
  for (const folder of await environmentHomes(home)) ended += await endLeftInstances(folder, cli.io);
  return ended;
}

/** In every environment of the service. */
async function askToEnd(cli: Cli, apiUrl: string): Promise<number> {
  const client = new Client({ ...cli.client.options, api: apiUrl });
  try {
    const { items } = await client.get<{ items: { name: string }[] }>('/api/environments');
    let ended = 0;
    for (const { name } of items) {
      const path = `/environments/${encodeURIComponent(name)}/api/instances/stop`;
      ended += (await client.call<{ stopped: number }>('POST', path)).stopped;
    }
    return ended;
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

/** What `/api/status` tells. */
interface Status {
  version: string;
  environment: string;
  url: string;
  database: boolean;
  temporal: boolean;
  temporalAddress: string;
  temporalUi?: string;
}

async function info(cli: Cli): Promise<ExitCode> {
  const status = await cli.client.get<Status>('/api/status');
  const { url, environment, database, temporal, temporalAddress, temporalUi } = status;
  if (cli.json) cli.document(status);
  else
    cli.say(
      `service      ${url}, version ${status.version}`,
      `environment  ${environment}`,
      `database     ${database ? 'up' : 'away'}`,
      `temporal     ${temporal ? 'up' : 'away'} at ${temporalAddress}`,
      ...(temporalUi === undefined ? [] : [`temporal UI  ${temporalUi}`]),
    );
  return database && temporal ? EXIT.done : EXIT.away;
}
