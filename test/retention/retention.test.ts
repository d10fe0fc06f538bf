import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conclude } from '../../src/admission/conclusion.js';
import { type App, runVersion } from '../../src/model/app.js';
import type { Change } from '../../src/model/change.js';
import type { Outcome } from '../../src/model/deployment.js';
import { type Db, json, rows } from '../../src/store/db.js';
import { pageLedger } from '../../src/store/ledger.js';
import { definitionOf, rootAt, versionsOfGroup } from '../../src/store/versions.js';
import { Desk } from '../admission/desk.js';
import { instanceOf } from '../api/steps.js';
import type { TestStore } from '../helpers/open-store.js';
import { cleanAfter } from './clean.js';
import { DATABASES } from './databases.js';
import { storedRevisions } from './stored.js';

/** Past all that KEEPING keeps. */
const LONG = 100;

describe.each(DATABASES)('on %s%s', (_database, away, open) => {
  describe.skipIf(away !== '')('what has been kept long enough goes', () => {
    let opened: Omit<TestStore, 'dir'>;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    async function end(id: string, outcome: Outcome = 'succeeded'): Promise<string> {
      await conclude(opened.store, { deployment: id, outcome, description: 'It ended.' });
      return id;
    }

    /** Releases an app so many times, one after another. */
    async function releases(desk: Desk, count: number, fields: Partial<App> = {}): Promise<string[]> {
      const ids: string[] = [];
      for (let at = 1; at <= count; at++)
        ids.push(await end(await desk.put({ id: '/web', cmd: `sleep ${at}`, ...fields })));
      return ids;
    }

    const remove = async (desk: Desk) => {
      const change = { kind: 'deleteApp', id: '/web' } as const;
      return (await desk.admission.admit(desk.request({ change }))).deploymentId;
    };
    const history = (desk: Desk) => storedRevisions(opened.store.db, desk.environment, '/web');
    const revisions = async (desk: Desk) => (await history(desk)).map(({ revision }) => revision);
    const isThere = (desk: Desk, id: string) =>
      desk.deployment(id).then(
        () => true,
        () => false,
      );

    it('ended deployments, but for those that made a version that is kept; the ledger keeps all', async () => {
      const desk = new Desk(opened.store);
      const [first = '', second = '', third = '', fourth = ''] = await releases(desk, 4, {
        release: { revisionHistoryLimit: 1 },
      });
      await opened.store.db.execute(
        sql`insert into deployment_actions values (${first}, 1, 0, ${json({})}), (${fourth}, 1, 0, ${json({})})`,
      );
      const there = () => Promise.all([first, second, third, fourth].map((id) => isThere(desk, id)));
      await cleanAfter(opened.store, 29);
      expect(await there()).toEqual([true, true, true, true]);
      await cleanAfter(opened.store, 31);
      expect(await there()).toEqual([false, false, true, true]);
      expect(await left(opened.store.db, 'deployment_actions', 'deployment_id', [first, fourth])).toEqual([
        fourth,
      ]);
      const { items } = await pageLedger(opened.store.db, desk.environment, { deployment: first });
      expect(items.map(({ command }) => command)).toEqual(['succeeded', 'update']);
    });

    it('definitions beyond the revisionHistoryLimit, 10 where it is not said; numbers go on', async () => {
      const ten = new Desk(opened.store);
      await releases(ten, 13);
      const two = new Desk(opened.store);
      await releases(two, 5, { release: { revisionHistoryLimit: 2 } });
      const none = new Desk(opened.store);
      await releases(none, 5, { release: { revisionHistoryLimit: 0 } });
      await cleanAfter(opened.store, 1);
      expect(await revisions(ten)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
      expect(await revisions(two)).toEqual([5, 4, 3]);
      // A rollback of the last deployment needs the one before.
      expect(await revisions(none)).toEqual([5, 4]);
      await releases(two, 1);
      expect(await revisions(two)).toEqual([6, 5, 4, 3]);
    });

    it('but not what a deployment reached last: a later one does what was left undone since', async () => {
      const desk = new Desk(opened.store);
      const release = { revisionHistoryLimit: 1 };
      const [reached = ''] = await releases(desk, 1, { release });
      for (const cmd of ['two', 'three', 'four', 'five'])
        await end(await desk.put({ id: '/web', cmd, release }), 'failed');
      await cleanAfter(opened.store, LONG);
      expect(await revisions(desk)).toEqual([5, 4, 1]);
      expect(await isThere(desk, reached)).toBe(true);
      const labelled = await desk.put({ id: '/web', labels: { a: 'b' } });
      const actions = (await desk.deployment(labelled)).steps.flatMap((step) =>
        step.actions.map(({ action }) => action),
      );
      expect(actions).toContain('RestartApplication');
    });

    it('but nothing of an app that a live deployment is about to change', async () => {
      const desk = new Desk(opened.store);
      await releases(desk, 4, { release: { revisionHistoryLimit: 1 } });
      const live = await desk.put({ id: '/web', cmd: 'live' });
      await cleanAfter(opened.store, LONG);
      expect(await revisions(desk)).toEqual([5, 4, 3, 2, 1]);
      await end(live);
      await cleanAfter(opened.store, LONG);
      expect(await revisions(desk)).toEqual([5, 4]);
    });

    it('but not a definition that is declared, or that an instance still runs by', async () => {
      const desk = new Desk(opened.store);
      await releases(desk, 6, { release: { revisionHistoryLimit: 1 } });
      const all = (await history(desk)).toReversed();
      const [, declared, run] = await Promise.all(
        all.map(({ version }) => definitionOf(opened.store.db, desk.environment, '/web', version)),
      );
      if (declared === undefined || run === undefined) throw new Error('six versions are there');
      const declaration = { definitions: { [runVersion(declared)]: declared }, split: {} };
      await opened.store.db.execute(
        sql`insert into targets (environment, app_id, app, declaration, deployment_id)
            values (${desk.environment}, '/web', ${json(declared)}, ${json(declaration)}, 'any')`,
      );
      const instance = instanceOf('/web', runVersion(run));
      await opened.store.db.execute(
        sql`insert into instances (environment, id, app_id, state, instance)
            values (${desk.environment}, ${instance.id}, '/web', 'running', ${json(instance)})`,
      );
      await cleanAfter(opened.store, 1);
      expect(await revisions(desk)).toEqual([6, 5, 3, 2]);
    });

    it('a removed app can be brought back as long as the deployment that removed it is kept', async () => {
      const desk = new Desk(opened.store);
      await end(await desk.put({ id: '/web', cmd: 'first' }));
      const removed = await end(await remove(desk));
      // More than are kept of an app.
      await releases(desk, 12);
      await end(await remove(desk));
      await cleanAfter(opened.store, 29);
      const back = await desk.revert(removed);
      expect(await desk.app('/web')).toMatchObject({ cmd: 'first' });
      await end(back);
      await end(await remove(desk));
      await cleanAfter(opened.store, LONG);
      expect(await history(desk)).toEqual([]);
      expect(await isThere(desk, removed)).toBe(false);
      // Of an app that was there before there is nothing left: another one with that name begins anew.
      await releases(desk, 1);
      expect(await revisions(desk)).toEqual([1]);
    });

    it('versions of a group that are too many, and those of which not all apps are kept', async () => {
      const desk = new Desk(opened.store);
      const release = { revisionHistoryLimit: 1 };
      const versions: string[] = [];
      for (const [id, cmd] of [
        ['/g/a', 'one'],
        ['/g/b', 'one'],
        ['/g/a', 'two'],
        ['/g/a', 'three'],
        ['/other', 'one'],
      ] as const) {
        const { version } = await desk.deployment(await end(await desk.put({ id, cmd, release })));
        versions.push(version);
      }
      const kept = (group: string) => versionsOfGroup(opened.store.db, desk.environment, group);
      const [, , twoOfA, threeOfA, other] = versions;
      await cleanAfter(opened.store, 1);
      expect(await kept('/g')).toEqual([threeOfA, twoOfA]);
      expect(await kept('/')).toEqual([other, threeOfA, twoOfA]);
      const then = await rootAt(opened.store.db, desk.environment, '/', twoOfA ?? '');
      expect([...(then?.apps.values() ?? [])].map(({ id, cmd }) => [id, cmd])).toEqual(
        expect.arrayContaining([
          ['/g/a', 'two'],
          ['/g/b', 'one'],
        ]),
      );
      await cleanAfter(opened.store, 1, { groupVersions: 1 });
      expect(await kept('/')).toEqual([other]);
    });

    it('a release over several environments only together with its waves', async () => {
      const [here, there] = [new Desk(opened.store), new Desk(opened.store)];
      const app = { id: '/web', cmd: 'sleep 1', instances: 1 };
      const change: Change = { kind: 'updateApps', apps: [app], partial: false, create: true };
      const waves = [here, there].map(({ environment }) => ({ environment, change }));
      const request = here.request({ change: { kind: 'waves', waves } });
      const release = (await here.admission.admit(request)).deploymentId;
      const child = async (desk: Desk, number: number) => {
        const parent = { deployment: release, wave: number };
        return end((await desk.admission.admit(desk.request({ change, parent }))).deploymentId);
      };
      const [first, second] = [await child(here, 1), await child(there, 2)];
      await end(release);
      const all = async () => [
        await isThere(here, release),
        await isThere(here, first),
        await isThere(there, second),
      ];
      await end(await here.put({ id: '/web', cmd: 'later' }));
      await end(await here.put({ id: '/web', cmd: 'latest' }));
      await cleanAfter(opened.store, LONG);
      // What it released is still one of the kept versions in both.
      expect(await all()).toEqual([true, true, true]);
      for (const desk of [here, there]) {
        await end(await remove(desk));
        await cleanAfter(opened.store, LONG);
        expect(await all()).toEqual(desk === here ? [true, true, true] : [false, false, false]);
      }
    });

    it('keys, but those of deployments that have not ended, and by which such ones start others', async () => {
      const desk = new Desk(opened.store);
      const put = (id: string, key: string, fingerprint = 'f') =>
        desk.put({ id, cmd: 'true' }, { idempotency: { key, fingerprint } });
      const live = await put('/live', 'of-live');
      await end(await put('/ended', 'of-ended'));
      await end(await put('/child', 'of-child', live));
      const keys = () => left(opened.store.db, 'idempotency', 'key', ['of-live', 'of-ended', 'of-child']);
      await cleanAfter(opened.store, 4);
      expect(await keys()).toEqual(['of-child', 'of-ended', 'of-live']);
      await cleanAfter(opened.store, 6);
      expect(await keys()).toEqual(['of-child', 'of-live']);
      await end(live);
      await cleanAfter(opened.store, 6);
      expect(await keys()).toEqual([]);
      // The key can be used anew.
      expect(await isThere(desk, await put('/again', 'of-ended', 'other'))).toBe(true);
    });

    it('events, the oldest first', async () => {
      const desk = new Desk(opened.store);
      await releases(desk, 2);
      const before = await desk.events();
      expect(before.length).toBeGreaterThan(3);
      await cleanAfter(opened.store, 9);
      expect(await desk.events()).toEqual(before);
      await cleanAfter(opened.store, 11);
      expect(await desk.events()).toEqual([]);
    });

    it('instances that ended under a supervisor that is not there any more', async () => {
      const desk = new Desk(opened.store);
      const endedAt = new Date().toISOString();
      const [gone, alive] = [
        instanceOf('/web', endedAt, { state: 'failed', endedAt }),
        instanceOf('/web', endedAt),
      ];
      for (const each of [gone, alive])
        await opened.store.db.execute(
          sql`insert into instances (environment, id, app_id, state, instance)
              values (${desk.environment}, ${each.id}, '/web', ${each.state}, ${json(each)})`,
        );
      await cleanAfter(opened.store, 2);
      expect(await left(opened.store.db, 'instances', 'id', [gone.id, alive.id])).toEqual([alive.id]);
    });

    it('nobody who saw the root long ago takes a removed app for one that is there', async () => {
      const desk = new Desk(opened.store);
      await releases(desk, 1);
      await end(await desk.put({ id: '/other', cmd: 'true' }));
      const known = new Map(opened.store.roots);
      await end(await remove(desk));
      await cleanAfter(opened.store, LONG);
      await end(await desk.put({ id: '/other', cmd: 'false' }));
      const late = new Desk({ ...opened.store, roots: known }, 1_000, false, desk.environment);
      expect(await late.app('/web')).toBeUndefined();
      expect(await late.app('/other')).toMatchObject({ cmd: 'false' });
    });
  });
});

/** Which of these values a column still has. */
async function left(db: Db, table: string, column: string, values: string[]): Promise<string[]> {
  const name = sql.identifier(column);
  const found = await rows<{ value: string }>(
    db,
    sql`select ${name} as value from ${sql.identifier(table)} where ${name} in ${values} order by ${name}`,
  );
  return found.map(({ value }) => value);
}
