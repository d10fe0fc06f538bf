import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetryableError } from '../../src/errors.js';
import { openStore } from '../../src/store/connection.js';
import { CHANNEL, type Store } from '../../src/store/store.js';
import { NO_POSTGRES, Postgres } from '../helpers/postgres.js';
import { until } from '../helpers/until.js';

const POOL = 4;
const PATIENCE = { statement: 400, silence: 800 };

describe.skipIf(NO_POSTGRES)(`a PostgreSQL server that does not answer${NO_POSTGRES}`, () => {
  let postgres: Postgres;
  let store: Store;

  beforeAll(async () => {
    postgres = await Postgres.start();
    store = await openStore({ databaseUrl: postgres.url, pool: POOL, patience: PATIENCE });
  });
  afterAll(async () => {
    await store?.close();
    await postgres?.dispose();
  });

  /** More than there are connections, as transactions and alone. */
  function manyQueries(): Promise<unknown>[] {
    return Array.from({ length: 5 * POOL }, (_, at) =>
      at % 2 === 0
        ? store.transaction((tx) => tx.execute(sql`select 1`))
        : Promise.resolve(store.db.execute(sql`select 1`)),
    );
  }

  /** As many at once as there may be. */
  async function expectWholePool(): Promise<void> {
    const all = Array.from({ length: POOL }, () =>
      store.transaction((tx) => tx.execute(sql`select pg_sleep(0.1)`)),
    );
    await Promise.all(all);
  }

  it('makes everything that is asked fail in time, and none of the connections is lost for later', async () => {
    await expectWholePool();
    postgres.freeze();
    try {
      const asked = await Promise.allSettled(manyQueries());
      for (const one of asked)
        expect(one).toMatchObject({ status: 'rejected', reason: expect.any(RetryableError) });
    } finally {
      postgres.thaw();
    }
    await expectWholePool();
    await Promise.all(manyQueries());
  });

  it('gives slow statements up on the server too, so that they do not pile up there', async () => {
    const holding = store.transaction(async (tx) => {
      await tx.execute(sql`lock table apps in access exclusive mode`);
      const waiting = Array.from({ length: POOL - 1 }, () => store.db.execute(sql`select * from apps`));
      return Promise.allSettled(waiting);
    });
    for (const one of await holding)
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(RetryableError) });
    const running = await postgres.query(
      `select query from pg_stat_activity where state = 'active' and query like '%from apps%' and pid <> pg_backend_pid()`,
    );
    expect(running).toEqual([]);
    await expectWholePool();
  });

  it('ends no process when it crashes in the midst of transactions', async () => {
    const running = Array.from({ length: POOL }, () =>
      store.transaction((tx) => tx.execute(sql`select pg_sleep(0.3)`)),
    );
    const settled = Promise.allSettled(running);
    await until(
      async () =>
        (await postgres.query(`select 1 from pg_stat_activity where query like '%pg_sleep(0.3)%'`)).length >
        1,
    );
    await postgres.end('SIGQUIT');
    for (const one of await settled)
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(RetryableError) });
    await postgres.resume();
    await expectWholePool();
  });

  it('notices are heard again, and one tells that some may have been missed', async () => {
    const heard: string[] = [];
    const unlisten = await store.listen(CHANNEL.deployments, (payload) => heard.push(payload));
    await postgres.end('SIGQUIT');
    await postgres.resume();
    await until(() => heard.includes(''), { what: 'the notice of a lost connection' });
    await store.notify(CHANNEL.deployments, 'again');
    await until(() => heard.includes('again'), { what: 'a notice' });
    await unlisten();
  });
});
