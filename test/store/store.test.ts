import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conclude } from '../../src/admission/conclusion.js';
import { RetryableError } from '../../src/errors.js';
import type { Instance } from '../../src/model/instance.js';
import { openStore } from '../../src/store/connection.js';
import { pageDeployments } from '../../src/store/deployments.js';
import { eventsSince } from '../../src/store/events.js';
import {
  failuresOf,
  instanceCounts,
  instancesOfApp,
  projectionOf,
  waitingOf,
} from '../../src/store/instances.js';
import { loadRoot } from '../../src/store/roots.js';
import { CHANNEL } from '../../src/store/store.js';
import { rootAt, versionsOfApp, versionsOfGroup } from '../../src/store/versions.js';
import { Desk } from '../admission/desk.js';
import { V1 } from '../helpers/apps.js';
import { freePort } from '../helpers/free-port.js';
import { DATABASES, NO_SERVER, openTestStore, type TestStore } from '../helpers/open-store.js';
import { until } from '../helpers/until.js';

function instanceOf(id: string, fields: Partial<Instance> = {}): Instance {
  return {
    id,
    app: '/web',
    version: V1,
    state: 'running',
    ready: true,
    healthy: null,
    host: '127.0.0.1',
    ports: [],
    stagedAt: V1,
    since: V1,
    healthCheckResults: [],
    readinessResults: [],
    ...fields,
  };
}

describe.each(DATABASES)('the store on %s', (database) => {
  const away = database === 'PostgreSQL' && NO_SERVER !== '';
  describe.skipIf(away)(`real tables${away ? NO_SERVER : ''}`, () => {
    let opened: TestStore;
    beforeAll(async () => {
      opened = await openTestStore(database);
    });
    afterAll(() => opened?.close());

    it('keeps the ledger as it was written: nothing of it is changed or removed', async () => {
      const { db } = opened.store;
      await new Desk(opened.store).put({ id: '/kept', cmd: 'true' });
      for (const statement of ["update ledger set by = 'nobody'", 'delete from ledger', 'truncate ledger'])
        await expect(db.execute(sql.raw(statement))).rejects.toMatchObject({
          message: expect.stringContaining('the ledger is append-only'),
        });
    });

    it('shows a group as it was at any version', async () => {
      const { store } = opened;
      const desk = new Desk(store);
      const done = async (id: string) => {
        await conclude(store, { deployment: id, outcome: 'succeeded', description: 'Done.' });
        return (await desk.deployment(id)).version;
      };
      const first = await done(
        await desk.put([
          { id: '/g/a', cmd: 'one' },
          { id: '/other', cmd: 'x' },
        ]),
      );
      const second = await done(await desk.put({ id: '/g/a', cmd: 'two' }));
      const change = { kind: 'deleteGroup', id: '/g' } as const;
      const third = await done((await desk.admission.admit(desk.request({ change }))).deploymentId);
      const at = (version: string, group = '/') => rootAt(store.db, desk.environment, group, version);
      expect((await at(first))?.apps.get('/g/a')?.cmd).toBe('one');
      expect((await at(second, '/g'))?.apps.get('/g/a')?.cmd).toBe('two');
      expect([...((await at(second, '/g'))?.apps.keys() ?? [])]).toEqual(['/g/a']);
      expect([...((await at(third))?.apps.keys() ?? [])]).toEqual(['/other']);
      expect(await at(third, '/g')).toBeUndefined();
      expect(await at('2001-01-01T00:00:00.000Z')).toBeUndefined();
      expect(await versionsOfGroup(store.db, desk.environment, '/g')).toEqual([second, first]);
      expect(await versionsOfApp(store.db, desk.environment, '/g/a')).toEqual([second, first]);
      const rollback = { kind: 'rollbackGroup', id: '/', version: first } as const;
      await desk.admission.admit(desk.request({ change: rollback }));
      expect(await desk.app('/g/a')).toMatchObject({ cmd: 'one' });
    });

    it('reads the same root anew, after what another process changed, and from the cache', async () => {
      const { store } = opened;
      const desk = new Desk(store);
      await desk.put([
        { id: '/a', cmd: 'one' },
        { id: '/g/b', cmd: 'one' },
      ]);
      const other = { ...store, roots: new Map() };
      const seen = await loadRoot(other, desk.environment);
      await desk.put({ id: '/c', cmd: 'one' });
      const advanced = await loadRoot(other, desk.environment);
      expect(advanced.apps.get('/a')).toBe(seen.apps.get('/a'));
      const whole = await loadRoot({ ...store, roots: new Map() }, desk.environment);
      expect(advanced).toEqual(whole);
      expect(await loadRoot(store, desk.environment)).toEqual(whole);
      expect(await loadRoot(other, desk.environment)).toBe(advanced);
    });

    it('never changes the ledger', async () => {
      const { store } = opened;
      await new Desk(store).put({ id: '/a', cmd: 'true' });
      await expect(store.db.execute(sql`update ledger set by = 'nobody'`)).rejects.toThrow();
      await expect(store.db.execute(sql`delete from ledger`)).rejects.toThrow();
      await expect(store.db.execute(sql`truncate ledger`)).rejects.toThrow();
    });

    it('projects instances, and events with them', async () => {
      const { store } = opened;
      const environment = `test-${randomUUID()}`;
      const projection = projectionOf(store, environment);
      const told: string[] = [];
      const unlisten = await store.listen(CHANNEL.events, (payload) => told.push(payload));
      const failure = {
        app: '/web',
        instance: 'c',
        host: 'h',
        message: 'exit 1',
        state: 'failed',
        at: V1,
        version: V1,
      } as const;
      const waiting = {
        app: '/web',
        version: V1,
        count: 1,
        since: V1,
        reason: 'backoff',
        description: 'backs off',
        missing: [],
      } as const;
      await projection.write({
        instances: [
          instanceOf('a', { healthy: true }),
          instanceOf('b', { healthy: false }),
          instanceOf('c', { state: 'staging' }),
        ],
        removed: [],
        waiting: [{ app: '/web', waiting: [{ ...waiting, missing: [] }] }],
        failures: [failure],
        events: [1, 2, 3].map((n) => ({ eventType: `e${n}`, timestamp: V1 })),
      });
      const counts = { staged: 1, running: 2, healthy: 1, unhealthy: 1 };
      expect((await instanceCounts(store.db, environment)).get('/web')).toEqual(counts);
      await projection.write({
        instances: [instanceOf('a', { state: 'failed' })],
        removed: ['b'],
        waiting: [{ app: '/web', waiting: [] }],
        failures: [],
        events: [],
      });
      expect((await projection.alive()).map((i) => i.id)).toEqual(['c']);
      expect((await instancesOfApp(store.db, environment, '/web')).map((i) => i.state)).toEqual([
        'failed',
        'staging',
      ]);
      expect(await waitingOf(store.db, environment)).toEqual([]);
      expect((await failuresOf(store.db, environment)).get('/web')).toEqual(failure);
      const events = await eventsSince(store.db, environment, 0);
      expect(events.map(({ event }) => event.eventType)).toEqual(['e1', 'e2', 'e3']);
      await until(() => told.length > 0, { what: 'the notification' });
      await unlisten();
    });

    it('pages deployments, the newest first', async () => {
      const { store } = opened;
      const desk = new Desk(store);
      const ids: string[] = [];
      for (const n of [1, 2, 3]) ids.unshift(await desk.put({ id: `/app-${n}`, cmd: 'true' }));
      const page = (filter: object) => pageDeployments(store.db, desk.environment, filter);
      const first = await page({ limit: 2 });
      expect(first.items.map((d) => d.id)).toEqual(ids.slice(0, 2));
      const rest = await page({ limit: 2, ...(first.next ? { before: first.next } : {}) });
      expect(rest.items.map((d) => d.id)).toEqual(ids.slice(2));
      expect(rest.next).toBeUndefined();
      expect((await page({ app: '/app-2', active: true })).items.map((d) => d.id)).toEqual([ids[1]]);
      expect((await page({ active: false })).items).toEqual([]);
    });
  });
});

it('says that the database is away, as something to try again', async () => {
  const databaseUrl = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
  await expect(openStore({ databaseUrl })).rejects.toBeInstanceOf(RetryableError);
});
