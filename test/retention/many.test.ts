import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, it } from 'vitest';
import { conclude } from '../../src/admission/conclusion.js';
import { createJanitor } from '../../src/retention/janitor.js';
import { rows } from '../../src/store/db.js';
import { pageDeployments } from '../../src/store/deployments.js';
import type { Store } from '../../src/store/store.js';
import { Desk } from '../admission/desk.js';
import { until } from '../helpers/until.js';
import { cleanAfter, KEEPING, quiet } from './clean.js';
import { DATABASES } from './databases.js';
import { storedRevisions } from './stored.js';

const APPS = 100;
const MANY = 10_000;
const FEWER = 3_000;
/** More than any transaction takes at a time. */
const MOST_AT_ONCE = 1_000;

/** As many deployments as have ended long ago, each with a version of one of the apps, an action, a key and an event. */
async function seed({ db }: Store, environment: string, many: number): Promise<void> {
  const at = (n: string) =>
    sql.raw(`to_char(timestamp '2020-01-01' + ${n} * interval '1 second',
    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
  const each = sql`generate_series(1, ${many}) as n`;
  const id = sql`${environment} || '-' || n`;
  await db.execute(sql`
    insert into deployments (id, environment, version, state, description, affected_apps, steps, warnings, changes,
      options, total_steps, "by", reason, channel, accepted_at, ended_at, outcome, supersedes, waits_for)
    select ${id}, ${environment}, ${at('n')}, 'succeeded', 'Done.', array['/app-' || n % ${APPS}], '[]', '[]',
      '{"apps":{},"groups":{}}', '{}', 1, 'ada', '', 'api', ${at('n')}, ${at('n')}, 'succeeded', '{}', '{}' from ${each}`);
  await db.execute(sql`
    insert into app_versions (environment, app_id, at, version, definition, deployment_id)
    select ${environment}, '/app-' || n % ${APPS}, ${at('n')}, ${at('n')}, '{}', ${id} from ${each}`);
  await db.execute(sql`
    insert into group_versions (environment, group_id, at, version, dependencies, deployment_id)
    select ${environment}, '/', ${at('n')}, ${at('n')}, '[]', ${id} from ${each}`);
  await db.execute(sql`insert into deployment_actions select ${id}, 1, 0, '{}' from ${each}`);
  await db.execute(sql`
    insert into idempotency select ${environment}, n::text, 'f', ${id}, ${at('n')} from ${each}`);
  await db.execute(sql`
    insert into events (environment, type, data, at) select ${environment}, 'any', '{}', ${at('n')} from ${each}`);
  await db.execute(sql`insert into environments values (${environment}, ${at(String(many))})`);
}

/** The apps as they are now. */
async function releaseAll(desk: Desk): Promise<void> {
  const apps = Array.from({ length: APPS }, (_, n) => ({ id: `/app-${n}`, cmd: 'true' }));
  const id = await desk.put(apps);
  await conclude(desk.store, { deployment: id, outcome: 'succeeded', description: 'Done.' });
}

/** What there is of all that. */
async function counted({ db }: Store, environment: string) {
  const [found] = await rows<{ deployments: number; versions: number; keys: number; events: number }>(
    db,
    sql`select (select count(*)::int from deployments where starts_with(id, ${environment})) as deployments,
          (select count(*)::int from app_versions
            where environment = ${environment} and starts_with(app_id, '/app-')) as versions,
          (select count(*)::int from idempotency where environment = ${environment}) as keys,
          (select count(*)::int from events where environment = ${environment}) as events`,
  );
  return found;
}

/** What is left of all that: ten old definitions of each app with the deployments that made them, and the present one. */
const LEFT = { deployments: 10 * APPS, versions: 11 * APPS };

describe.each(DATABASES)('on %s%s', (_database, away, open) => {
  let close: (() => Promise<void>) | undefined;
  afterEach(() => close?.());

  it.skipIf(away !== '')(
    'ten thousand ended deployments go in small steps, and requests are served meanwhile',
    async () => {
      const opened = await open();
      close = opened.close;
      const { store } = opened;
      const desk = new Desk(store);
      await seed(store, desk.environment, MANY);
      await releaseAll(desk);
      let [steps, served, cleaning] = [0, 0, true];
      const counting: Store = {
        ...store,
        transaction: (fn, options) => store.transaction(fn, options).finally(() => steps++),
      };
      const cleaned = cleanAfter(counting, 0).finally(() => {
        cleaning = false;
      });
      while (cleaning) {
        await pageDeployments(store.db, desk.environment, { active: true, limit: 10 });
        if (served % 10 === 0) await desk.put({ id: '/served', cmd: `sleep ${served}` }, { force: true });
        served += 1;
        // As between requests that come over a socket: PGlite never lets go of the event loop by itself.
        await breathe();
      }
      const removed = Object.values(await cleaned).reduce((sum, count) => sum + count, 0);
      expect(removed).toBeGreaterThan(3 * (MANY - 20 * APPS));
      expect(steps).toBeGreaterThan(removed / MOST_AT_ONCE);
      // A request waits for some steps at most, not for their end.
      expect(served).toBeGreaterThan(steps / 10);
      expect(await counted(store, desk.environment)).toMatchObject({ ...LEFT, keys: 0 });
    },
    240_000,
  );

  it.skipIf(away !== '')(
    'a round that is stopped goes on in the next process, and several at once do it once',
    async () => {
      const opened = await open();
      close = opened.close;
      const { store } = opened;
      const desk = new Desk(store);
      const { environment } = desk;
      await seed(store, environment, FEWER);
      await releaseAll(desk);
      const start = () => {
        const janitor = createJanitor({ store, keeping: KEEPING, log: quiet, intervalMs: 20 });
        janitor.start();
        return janitor;
      };
      const first = start();
      const some = async () => ((await counted(store, environment))?.versions ?? 0) < FEWER;
      await until(some, { what: 'the first versions to go', timeoutMs: 60_000 });
      await first.stop();
      expect((await counted(store, environment))?.deployments).toBeGreaterThan(FEWER / 2);
      const several = [start(), start(), start()];
      const done = async () => {
        const left = await counted(store, environment);
        return left?.deployments === LEFT.deployments && left.events < FEWER && left.keys < FEWER;
      };
      await until(done, { what: 'the rest to go', timeoutMs: 60_000 });
      await Promise.all(several.map((janitor) => janitor.stop()));
      expect(await counted(store, environment)).toMatchObject(LEFT);
      expect(await storedRevisions(store.db, environment, '/app-7')).toHaveLength(11);
    },
    240_000,
  );
});
