import { Installation, type Part } from '../helpers/installation.js';
import { Postgres } from '../helpers/postgres.js';
import { LinkProxy } from './proxy.js';
import { instanceTarget, type Stage, startAgain } from './stage.js';
import { processTarget, type Target, type Victim } from './targets.js';
import { TemporalServer } from './temporal.js';

/** Longest that a link is disturbed; seconds. */
const LONGEST_DISTURBANCE = 6;

const KINDS = ['api', 'api', 'worker', 'worker', 'agent'] as const;

/** Two API servers, two workers and an agent over PostgreSQL and Temporal, with a proxy on the way to each. */
export async function productionStage(): Promise<Stage> {
  const postgres = await Postgres.start();
  const temporal = await TemporalServer.create(postgres);
  await temporal.start();
  const toDatabase = await LinkProxy.open(postgres.port);
  const toTemporal = await LinkProxy.open(temporal.port);
  const installation = await Installation.create(temporal.address, {
    postgres,
    env: {
      DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${toDatabase.port}/`),
      TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}`,
    },
  });
  const parts = await Promise.all(KINDS.map((kind) => installation.started(kind)));
  return {
    name: `production, ${temporal.what} of Temporal`,
    home: installation.home,
    apis: parts.filter(({ kind }) => kind === 'api').map(({ url }) => url),
    targets: [
      ...parts.map(partTarget),
      databaseTarget(postgres),
      temporalTarget(temporal),
      linkTarget('link to the database', toDatabase),
      linkTarget('link to Temporal', toTemporal),
      instanceTarget(installation.home, 4),
    ],
    output: () => parts.map(({ kind, output }) => `${kind}:\n${output}`).join('\n'),
    dispose: async () => {
      await installation.dispose();
      await Promise.all([toDatabase.close(), toTemporal.close(), temporal.dispose()]);
    },
  };
}

/** A target of a process that is known by whether it was killed and not started again. */
function known(name: string, weight: number, of: () => Victim, blinds = false): Target {
  let runs = true;
  const victim = () => {
    if (!runs) return undefined;
    const { pid, kill, start } = of();
    return {
      pid,
      kill: () => {
        runs = false;
        return kill();
      },
      start: async () => {
        await startAgain(start);
        runs = true;
      },
    };
  };
  return processTarget({ name, weight, victim, blinds });
}

function partTarget(part: Part, index: number): Target {
  const of = () => ({
    pid: part.pid,
    kill: async () => void (await part.end('SIGKILL')),
    start: () => part.start(),
  });
  return known(`${part.kind} ${index}`, 2, of, part.kind === 'agent');
}

function databaseTarget(postgres: Postgres): Target {
  return known('PostgreSQL', 2, () => ({
    pid: postgres.pid,
    kill: () => postgres.end('SIGKILL'),
    start: () => postgres.resume(),
  }));
}

function temporalTarget(temporal: TemporalServer): Target {
  return known('Temporal', 2, () => ({
    pid: temporal.pid ?? 0,
    kill: () => temporal.kill(),
    start: () => temporal.start(),
  }));
}

/** One disturbance at a time. */
function linkTarget(name: string, proxy: LinkProxy): Target {
  let disturbed = false;
  return {
    name,
    weight: 2,
    harm: async (random) => {
      if (disturbed) return undefined;
      const seconds = 0.2 + random.next() * LONGEST_DISTURBANCE;
      const ways: [string, () => void][] = [
        ['cut', () => proxy.cut()],
        ['half of the connections cut', () => proxy.halve()],
        ['300 ms late', () => proxy.delay(300)],
        ['nothing arrives', () => proxy.stop()],
      ];
      const [what, disturb] = random.pick(ways);
      disturbed = true;
      disturb();
      const over = new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)).then(() => {
        proxy.mend();
        disturbed = false;
      });
      return { what: `${name}: ${what} for ${seconds.toFixed(1)} s`, over };
    },
  };
}
