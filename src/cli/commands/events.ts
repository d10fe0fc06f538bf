import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { EventRecord } from '../../model/event.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode, isAway } from '../exit.js';
import type { Registry } from '../registry.js';
import { INTERVAL_MS, PATIENCE_MS } from '../watch.js';

/** `events`: what happens, as it happens. */
export function registerEvents({ program, act }: Registry): void {
  program
    .command('events')
    .description('Follows what happens: deployments, steps, instances, checks. It goes on until Ctrl-C.')
    .option('--after <id>', 'first what came after this event (its id is in --json)')
    .action((flags: { after?: string }) => act((cli) => follow(cli, flags.after)));
}

/** A stream that breaks is opened again after the last event, so that none is missed. */
async function follow(cli: Cli, after: string | undefined): Promise<ExitCode> {
  let last = after;
  let deadline = cli.io.now() + PATIENCE_MS;
  while (!cli.io.signal.aborted) {
    try {
      for await (const message of messages(cli, last)) {
        last = message.id ?? last;
        deadline = cli.io.now() + PATIENCE_MS;
        print(cli, message);
      }
    } catch (error) {
      if (!isAway(error) || cli.io.now() > deadline) throw error;
    }
    await cli.io.sleep(INTERVAL_MS);
  }
  return EXIT.done;
}

async function* messages(cli: Cli, after: string | undefined): AsyncGenerator<EventSourceMessage> {
  const ready: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => ready.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of cli.client.stream('/api/events', { lastEventId: after })) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
}

function print(cli: Cli, { id, data }: EventSourceMessage): void {
  const event = JSON.parse(data) as EventRecord;
  if (cli.json) cli.record({ ...(id === undefined ? {} : { id }), ...event });
  else cli.say(lineOf(event, cli));
}

/** Its texts and numbers; plans and definitions are for machines. */
function lineOf({ timestamp, eventType, ...fields }: EventRecord, { paint }: Cli): string {
  const told = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' || value === '' ? [] : [`${name}=${String(value)}`],
  );
  return [paint.dim(timestamp), paint.bold(eventType), ...told].join(' ');
}
