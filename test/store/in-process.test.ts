import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onlyIfFound, rows } from '../../src/store/db.js';
import { CHANNEL } from '../../src/store/store.js';
import { openTestStore, type TestStore } from '../helpers/open-store.js';
import { until } from '../helpers/until.js';

/** More than its one connection is used before it is made anew. */
const MANY = 2_500;

describe('the database in the process, over the driver of a server', () => {
  let opened: TestStore;
  beforeAll(async () => {
    opened = await openTestStore();
  });
  afterAll(() => opened?.close());

  const one = async <T>(statement: ReturnType<typeof sql>) => {
    const [row] = await rows<{ value: T }>(opened.store.db, statement);
    return row?.value;
  };

  it('answers each of many that ask at once with its own, also when the connection is made anew', async () => {
    const numbers = Array.from({ length: MANY }, (_, i) => i);
    const answers = await Promise.all(numbers.map((i) => one<number>(sql`select ${i}::int as value`)));
    expect(answers).toEqual(numbers);
  });

  it('makes what follows only where something was found, in one statement', async () => {
    const { db } = opened.store;
    await db.execute(sql`create table found (n int)`);
    const add = (n: number) => (found: ReturnType<typeof sql>) => [
      sql`insert into found select ${n}::int where ${found}`,
      undefined,
    ];
    expect(await onlyIfFound(db, sql`select 1 where true`, add(1))).toBe(true);
    expect(await onlyIfFound(db, sql`select 1 where false`, add(2))).toBe(false);
    expect(await rows(db, sql`select n from found`)).toEqual([{ n: 1 }]);
  });

  it('tells of every notice, also when the connection is made anew', async () => {
    const { store } = opened;
    const heard: string[] = [];
    const unlisten = await store.listen(CHANNEL.deployments, (payload) => heard.push(payload));
    const sent = Array.from({ length: MANY }, (_, i) => String(i));
    for (const payload of sent) await store.notify(CHANNEL.deployments, payload);
    await until(() => heard.length === sent.length, { what: 'all notices' });
    expect(heard).toEqual(sent);
    await unlisten();
    await store.notify(CHANNEL.deployments, 'late');
    expect(heard).toHaveLength(sent.length);
  });

  it('goes on after a statement that failed, in a transaction and outside, the same statement too', async () => {
    const { store } = opened;
    const divide = (by: number) => sql`select 1 / ${by}::int as value`;
    await expect(one(divide(0))).rejects.toThrow('division by zero');
    expect(await one(divide(1))).toBe(1);
    await expect(one(divide(0))).rejects.toThrow('division by zero');
    const failing = store.transaction(async (tx) => {
      await tx.execute(sql`create table half_done (a int)`);
      await tx.execute(divide(0));
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(await one(sql`select to_regclass('half_done') as value`)).toBeNull();
    expect(await one(divide(1))).toBe(1);
  });

  it('takes and gives large values', async () => {
    const large = 'ü'.repeat(3_000_000);
    expect(await one(sql`select ${large}::text as value`)).toBe(large);
    const many = Array.from({ length: 3_000 }, (_, i) => i);
    expect(
      await one(sql`select count(*)::int as value from generate_series(0, 9999) n where n in ${many}`),
    ).toBe(many.length);
  });
});
