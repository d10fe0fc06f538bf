import type { Command } from 'commander';
import type { Freeze, ReleaseWindow } from '../../gates/types.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode } from '../exit.js';
import { namesOf } from '../names.js';
import { all } from '../pages.js';
import type { Registry } from '../registry.js';
import { stated } from '../release-body.js';
import { duration, table } from '../render/table.js';
import { absolute } from '../resolve.js';
import { momentOf, secondsOf } from '../times.js';

/** One kind of thing in the calendar. */
interface Kind<T extends { name: string }> {
  word: 'freeze' | 'window';
  headings: string[];
  row(entry: T, now: number): string[];
}

interface FreezeFlags {
  from?: string;
  until: string;
  apps?: string;
  reason: string;
}

interface WindowFlags {
  rrule: string;
  duration: string;
  timeZone: string;
  apps?: string;
  reason?: string;
}

const FREEZES: Kind<Freeze> = {
  word: 'freeze',
  headings: ['NAME', 'STATE', 'FROM', 'UNTIL', 'APPS', 'REASON'],
  row: ({ name, from, until, apps, reason }, now) => [
    name,
    stateOf(Date.parse(from), Date.parse(until), now),
    from,
    until,
    scope(apps, 'all'),
    reason,
  ],
};

const WINDOWS: Kind<ReleaseWindow> = {
  word: 'window',
  headings: ['NAME', 'RRULE', 'DURATION', 'TIME ZONE', 'APPS'],
  row: ({ name, rrule, durationSeconds, timeZone, apps }) => [
    name,
    rrule,
    duration(durationSeconds),
    timeZone,
    scope(apps, 'those that name it'),
  ],
};

/** `freezes` and `windows`: when releases may run. */
export function registerCalendar({ program, act }: Registry): void {
  const freezes = program
    .command('freezes')
    .summary('keep times in which nothing is released')
    .description('Freezes: nothing of their apps is released meanwhile; what runs holds at its next batch.');
  registerKind(freezes, act, FREEZES);
  freezes
    .command('put <name>')
    .description('Adds a freeze, or replaces the one with that name.')
    .option('--from <time>', 'when it begins: 2026-12-24T00:00:00Z, or +2h from now (default: now)')
    .requiredOption('--until <time>', 'when it ends, in the same forms')
    .option('--apps <ids>', 'apps or groups, with commas between (default: all)')
    .requiredOption('--reason <text>', 'why, for everybody that it holds')
    .action((name: string, flags: FreezeFlags) =>
      act((cli) => put(cli, FREEZES, name, freezeBody(cli, flags), flags.reason)),
    );

  const windows = program
    .command('windows')
    .summary('keep times in which releases may run')
    .description('Windows: with apps they bind these apps, without any the deployments that name them.');
  registerKind(windows, act, WINDOWS);
  windows
    .command('put <name>')
    .description('Adds a window, or replaces the one with that name.')
    .requiredOption('--rrule <rule>', 'when one begins, RFC 5545: "FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=9"')
    .requiredOption('--duration <duration>', 'how long each is open')
    .requiredOption('--time-zone <zone>', 'of the rule: Europe/Berlin')
    .option('--apps <ids>', 'apps or groups, with commas between (default: deployments that name it)')
    .option('--reason <text>', 'why, for the ledger')
    .action((name: string, flags: WindowFlags) =>
      act((cli) => put(cli, WINDOWS, name, windowBody(flags), flags.reason)),
    );
}

/** What both kinds have. */
function registerKind<T extends { name: string }>(
  parent: Command,
  act: Registry['act'],
  kind: Kind<T>,
): void {
  parent
    .command('list', { isDefault: true })
    .description(`Lists the ${kind.word}s.`)
    .action(() => act((cli) => list(cli, kind)));
  parent
    .command('show <name>')
    .description(`Shows a ${kind.word} as JSON.`)
    .action((name: string) => act((cli) => show(cli, kind, name)));
  parent
    .command('delete <name>')
    .description(`Removes a ${kind.word}; what it held goes on.`)
    .option('--reason <text>', 'why, for the ledger')
    .action((name: string, { reason }: { reason?: string }) => act((cli) => remove(cli, kind, name, reason)));
}

function freezeBody(cli: Cli, { from, until, apps, reason }: FreezeFlags): Record<string, unknown> {
  const now = cli.io.now();
  return stated({
    from: momentOf('--from', from ?? '+0', now),
    until: momentOf('--until', until, now),
    apps: appsOf(apps),
    reason,
  });
}

function windowBody({ rrule, duration: open, timeZone, apps }: WindowFlags): Record<string, unknown> {
  return stated({ rrule, durationSeconds: secondsOf('--duration', open), timeZone, apps: appsOf(apps) });
}

function appsOf(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : namesOf(text).map(absolute);
}

async function list<T extends { name: string }>(cli: Cli, kind: Kind<T>): Promise<ExitCode> {
  const found = await all<T>(cli.client, `/api/${kind.word}s`, {});
  if (cli.json) cli.document(found);
  else if (found.length === 0) cli.say(`There is no ${kind.word}.`);
  else {
    const now = cli.io.now();
    cli.say(
      ...table(
        kind.headings,
        found.map((entry) => kind.row(entry, now)),
      ),
    );
  }
  return EXIT.done;
}

async function show<T extends { name: string }>(cli: Cli, kind: Kind<T>, name: string): Promise<ExitCode> {
  cli.document(await cli.client.get<T>(pathOf(kind, name)));
  return EXIT.done;
}

async function put<T extends { name: string }>(
  cli: Cli,
  kind: Kind<T>,
  name: string,
  body: Record<string, unknown>,
  reason: string | undefined,
): Promise<ExitCode> {
  const why = reason === undefined ? {} : { reason };
  const kept = await cli.client.call<T>('PUT', pathOf(kind, name), { body, ...why });
  if (cli.json) cli.document(kept);
  else cli.say(...table(kind.headings, [kind.row(kept, cli.io.now())]));
  return EXIT.done;
}

async function remove<T extends { name: string }>(
  cli: Cli,
  kind: Kind<T>,
  name: string,
  reason: string | undefined,
): Promise<ExitCode> {
  await cli.client.call('DELETE', pathOf(kind, name), reason === undefined ? {} : { reason });
  if (!cli.json) cli.say(`${kind.word} ${name} removed`);
  return EXIT.done;
}

function pathOf({ word }: Kind<never>, name: string): string {
  return `/api/${word}s/${encodeURIComponent(name)}`;
}

function stateOf(from: number, until: number, now: number): string {
  if (now < from) return 'ahead';
  return now < until ? 'on' : 'over';
}

function scope(apps: string[] | undefined, none: string): string {
  return apps === undefined ? none : apps.join(' ');
}
