import type { CheckResult, Instance } from '../../model/instance.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode } from '../exit.js';
import type { Registry } from '../registry.js';
import { age } from '../render/table.js';

/** `describe`: all that is known of an instance. */
export function registerDescribe({ program, act }: Registry): void {
  program
    .command('describe <instance>')
    .description('Shows an instance: its state, where it runs, its checks, how it ended.')
    .action((id: string) => act((cli) => describe(cli, id)));
}

async function describe(cli: Cli, id: string): Promise<ExitCode> {
  const found = await cli.client.get<Instance>(`/api/instances/${encodeURIComponent(id)}`);
  if (cli.json) cli.document(found);
  else cli.say(...lines(found, cli.io.now()));
  return EXIT.done;
}

function lines(instance: Instance, now: number): string[] {
  const { app, version, state, ready, host, ports, pid, exitStatus, message } = instance;
  const facts: [string, string | undefined][] = [
    ['instance', instance.id],
    ['app', app],
    ['version', version],
    ['state', `${state}, ${ready ? 'ready' : 'not ready'}, for ${age(instance.since, now)}`],
    ['host', host],
    ['ports', ports.join(' ') || undefined],
    ['process', pid === undefined ? undefined : String(pid)],
    ['staged', instance.stagedAt],
    ['started', instance.startedAt],
    ['ended', instance.endedAt],
    ['exit status', exitStatus === undefined ? undefined : String(exitStatus)],
    ['message', message],
    ...instance.healthCheckResults.map((result, index): [string, string] => [
      `health check ${index + 1}`,
      checkText(result),
    ]),
    ...instance.readinessResults.map((result): [string, string] => [
      `readiness check ${result.name}`,
      result.ready ? 'passed' : `not passed${answered(result.lastResponse)}`,
    ]),
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(17)}${value}`]));
}

function checkText({ alive, consecutiveFailures, lastFailureCause }: CheckResult): string {
  if (alive) return 'passes';
  const cause = lastFailureCause === undefined ? '' : `: ${lastFailureCause}`;
  return `failed ${consecutiveFailures} times${cause}`;
}

function answered(response: { status: number } | undefined): string {
  return response === undefined ? '' : `; it answered with ${response.status}`;
}
