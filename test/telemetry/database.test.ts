import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import { openStore } from '../../src/store/connection.js';
import { rows } from '../../src/store/db.js';
import type { Store } from '../../src/store/store.js';
import { databaseObserver, showConnections } from '../../src/telemetry/database.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Exposition } from '../helpers/exposition.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';
import { NO_POSTGRES, Postgres } from '../helpers/postgres.js';
import { until } from '../helpers/until.js';

/** PostgreSQL itself says so: another transaction was in the way. */
const CONFLICT = sql`do $$ begin raise exception 'in the way' using errcode = '40001'; end $$`;

describe('the database of a process', () => {
  const metrics = new Metrics();
  let opened: TestStore;
  beforeAll(async () => {
    opened = await openTestStore('PGlite', databaseObserver(metrics));
  });
  afterAll(() => opened?.close());

  async function change(name: string, labels: Record<string, string>, work: () => Promise<unknown>) {
    const value = async () => new Exposition(await metrics.text()).value(name, labels) ?? 0;
    const before = await value();
    await work();
    return (await value()) - before;
  }

  it('has the time of each query and of each transaction', async () => {
    const { store } = opened;
    const query = () => rows(store.db, sql`select 1`);
    expect(await change('slipway_database_seconds_count', { kind: 'query' }, query)).toBe(1);
    const builder = () => store.transaction(async (tx) => rows(tx, sql`select 1`));
    expect(await change('slipway_database_seconds_count', { kind: 'transaction' }, builder)).toBe(1);
    const slow = () => rows(store.db, sql`select pg_sleep(0.05)`);
    expect(await change('slipway_database_seconds_sum', { kind: 'query' }, slow)).toBeGreaterThan(0.045);
  });

  it('counts what fails, and a transaction that is run again', async () => {
    const { store } = opened;
    const wrong = () => rows(store.db, sql`select nothing from nowhere`).catch(() => undefined);
    expect(await change('slipway_database_errors_total', { kind: 'query', reason: 'other' }, wrong)).toBe(1);
    let attempts = 0;
    const again = () =>
      store.transaction(async (tx) => {
        if (++attempts < 3) await tx.execute(CONFLICT);
      });
    expect(await change('slipway_database_retries_total', {}, again)).toBe(2);
    const never = () => store.transaction((tx) => tx.execute(CONFLICT)).catch(() => undefined);
    const labels = { kind: 'transaction', reason: 'conflict' };
    expect(await change('slipway_database_errors_total', labels, never)).toBe(1);
  });

  it('a refusal by our own rules is no error of the database', async () => {
    const refuse = () =>
      opened.store
        .transaction(async () => {
          throw new TerminalError('locked', 'no');
        })
        .catch(() => undefined);
    expect(await change('slipway_database_errors_total', {}, refuse)).toBe(0);
    expect(await change('slipway_database_seconds_count', { kind: 'transaction' }, refuse)).toBe(1);
  });

  it('an error tells the statement and why, and never what was to be stored', async () => {
    const secret = 'hunter2';
    const query = rows(
      opened.store.db,
      sql`insert into apps (environment, id) values ('default', ${secret})`,
    );
    const error = await query.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain('violates not-null constraint');
    expect(String(error)).toContain('insert into apps');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
  });
});

describe.skipIf(NO_POSTGRES)(`a pool of connections${NO_POSTGRES}`, () => {
  const metrics = new Metrics();
  let postgres: Postgres;
  let store: Store;
  beforeAll(async () => {
    postgres = await Postgres.start();
    store = await openStore({ databaseUrl: postgres.url, pool: 2, observer: databaseObserver(metrics) });
    showConnections(metrics, store);
  });
  afterAll(async () => {
    await store?.close();
    await postgres?.dispose();
  });

  it('shows who has one and who waits for one, and errors while the server is away', async () => {
    const shown = async () => new Exposition(await metrics.text());
    let release = () => undefined as unknown;
    const held = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const transactions = [1, 2, 3].map(() => store.transaction(() => held));
    await until(async () => (await shown()).value('slipway_database_waiting') === 1, { what: 'one to wait' });
    expect((await shown()).value('slipway_database_connections', { state: 'used' })).toBe(2);
    release();
    await Promise.all(transactions);
    expect((await shown()).value('slipway_database_connections', { state: 'idle' })).toBe(2);
    await postgres.end('SIGQUIT');
    await expect(rows(store.db, sql`select 1`)).rejects.toThrow('cannot be reached');
    expect((await shown()).value('slipway_database_errors_total', { reason: 'away' })).toBeGreaterThanOrEqual(
      1,
    );
  });
});
