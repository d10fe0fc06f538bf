import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conclude } from '../../src/admission/conclusion.js';
import { loadWork } from '../../src/admission/work.js';
import type { TerminalError } from '../../src/errors.js';
import { rows } from '../../src/store/db.js';
import { pageLedger } from '../../src/store/ledger.js';
import { DATABASES, NO_SERVER, openTestStore, type TestStore } from '../helpers/open-store.js';
import { Desk } from './desk.js';

const APP = { id: '/web', cmd: 'sleep 1', instances: 2 };

async function failure(promise: Promise<unknown>): Promise<TerminalError> {
  return promise.then(
    () => {
      throw new Error('it was accepted');
    },
    (error: TerminalError) => error,
  );
}

describe.each(DATABASES)('admission on %s', (database) => {
  const away = database === 'PostgreSQL' && NO_SERVER !== '';
  describe.skipIf(away)(`the door${away ? NO_SERVER : ''}`, () => {
    let opened: TestStore;
    beforeAll(async () => {
      opened = await openTestStore(database);
    });
    afterAll(() => opened?.close());
    const desk = (max?: number) => new Desk(opened.store, max);

    /** Everything that is stored of an environment, to see that nothing was. */
    async function stored(environment: string): Promise<unknown[]> {
      const [found] = await rows<Record<string, unknown>>(
        opened.store.db,
        sql`select
          (select root_version from environments where name = ${environment}) as root,
          (select count(*)::int from app_versions where environment = ${environment}) as apps,
          (select count(*)::int from group_versions where environment = ${environment}) as groups,
          (select count(*)::int from deployments where environment = ${environment}) as deployments,
          (select count(*)::int from locks where environment = ${environment}) as locks,
          (select count(*)::int from idempotency where environment = ${environment}) as keys,
          (select count(*)::int from ledger where environment = ${environment}) as ledger`,
      );
      return Object.values(found ?? {});
    }

    it('accepts a new app and says so', async () => {
      const d = desk();
      const origin = { clientIp: '127.0.0.1', uri: '/v2/apps', appDefinition: {} };
      const id = await d.put(APP, { origin });
      expect(d.accepted).toEqual([id]);
      expect(await d.app('/web')).toMatchObject({ id: '/web', instances: 2 });
      expect(await d.events()).toEqual(['api_post_event', 'group_change_success']);
      expect(await d.deployment(id)).toMatchObject({
        state: 'accepted',
        affectedApps: ['/web'],
        currentStep: 0,
      });
      const { items } = await pageLedger(opened.store.db, d.environment, {});
      expect(items).toMatchObject([{ deployment: id, by: 'ada', command: 'update' }]);
    });

    it('warns of a single instance in a production environment, in the deployment and in the preview', async () => {
      const d = new Desk(opened.store, 1000, true);
      const single = { ...APP, instances: 1 };
      const id = await d.put(single);
      const warning = expect.stringContaining('only one instance in a production environment');
      expect((await d.deployment(id)).warnings).toContainEqual(warning);
      const change = { kind: 'createApp', app: { ...single, id: '/other' } } as const;
      const planned = async (at: Desk) => (await at.admission.plan(at.request({ change }))).preview.warnings;
      expect(await planned(d)).toContainEqual(warning);
      expect(await planned(desk())).not.toContainEqual(warning);
    });

    it('leaves nothing behind where the storing fails in the middle', async () => {
      const d = desk();
      await d.put(APP);
      const before = await stored(d.environment);
      const name = `fault_${d.environment.replaceAll('-', '_')}`;
      await opened.store.db.execute(
        sql.raw(`create function ${name}() returns trigger language plpgsql as $$ begin
          if new.environment = '${d.environment}' then raise exception 'no space'; end if; return new; end $$`),
      );
      // The ledger is written after versions, deployment and locks.
      await opened.store.db.execute(
        sql.raw(`create trigger ${name} before insert on ledger for each row execute function ${name}()`),
      );
      await expect(d.put({ id: '/other', cmd: 'true' })).rejects.toThrow();
      await opened.store.db.execute(sql.raw(`drop trigger ${name} on ledger`));
      expect(await stored(d.environment)).toEqual(before);
      expect(await d.app('/other')).toBeUndefined();
      await expect(d.put({ id: '/other', cmd: 'true' })).resolves.toBeTypeOf('string');
    });

    it('refuses a change of a locked app and stores nothing', async () => {
      const d = desk();
      const first = await d.put(APP);
      const before = await stored(d.environment);
      const error = await failure(d.put({ id: '/web', cmd: 'sleep 2' }));
      expect(error).toMatchObject({ code: 'locked', status: 409, extra: { deployments: [first] } });
      expect(error.message).toContain("Override with the option '?force=true'");
      expect(await stored(d.environment)).toEqual(before);
      expect(await d.events()).toEqual(['group_change_success', 'group_change_failed']);
    });

    it('with force takes the locks over, and ends at once what never began', async () => {
      const d = desk();
      const first = await d.put(APP);
      const second = await d.put({ id: '/web', cmd: 'sleep 2' }, { force: true });
      expect(await d.deployment(first)).toMatchObject({ state: 'superseded', supersededBy: second });
      expect(await d.deployment(second)).toMatchObject({ supersedes: [first], state: 'accepted' });
      const held = await rows(
        opened.store.db,
        sql`select app_id, deployment_id from locks where environment = ${d.environment}`,
      );
      expect(held).toEqual([{ app_id: '/web', deployment_id: second }]);
    });

    it('lets exactly one of many concurrent changes of an app in', async () => {
      const d = desk();
      const tries = Array.from({ length: 8 }, (_, n) => d.put({ id: '/web', cmd: `sleep ${n}` }));
      const results = await Promise.allSettled(tries);
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
      const refused = results.flatMap((r) => (r.status === 'rejected' ? [r.reason] : []));
      expect(refused.every((error) => error.code === 'locked')).toBe(true);
    });

    it('names versions in order however many come in a millisecond', async () => {
      const d = desk();
      const ids = await Promise.all(
        Array.from({ length: 10 }, (_, n) => d.put({ id: `/app-${n}`, cmd: 'true' })),
      );
      const versions = await Promise.all(ids.map(async (id) => (await d.deployment(id)).version));
      expect(new Set(versions).size).toBe(10);
    });

    it('gives the first answer to a repetition, also to a concurrent one', async () => {
      const d = desk();
      const change = { kind: 'createApp', app: APP } as const;
      const request = d.request({ change, idempotency: { key: 'k', fingerprint: 'f' } });
      const answers = await Promise.all([1, 2, 3].map(() => d.admission.admit(request)));
      expect(new Set(answers.map((a) => a.deploymentId)).size).toBe(1);
      expect(answers.filter((a) => !a.repeated)).toHaveLength(1);
      expect(d.accepted).toHaveLength(1);
      const other = { ...request, idempotency: { key: 'k', fingerprint: 'other' } };
      expect(await failure(d.admission.admit(other))).toMatchObject({ status: 422 });
    });

    it('refuses at the cap, but lets in what takes over', async () => {
      const d = desk(1);
      await d.put(APP);
      expect(await failure(d.put({ id: '/b', cmd: 'true' }))).toMatchObject({ code: 'too_many_deployments' });
      await expect(d.put({ id: '/web', cmd: 'sleep 3' }, { force: true })).resolves.toBeTypeOf('string');
    });

    it('ends a deployment without steps at once', async () => {
      const d = desk();
      await conclude(opened.store, {
        deployment: await d.put(APP),
        outcome: 'succeeded',
        description: 'Done.',
      });
      const again = await d.put(APP);
      expect(await d.deployment(again)).toMatchObject({ state: 'succeeded', totalSteps: 0 });
      expect((await d.events()).slice(-2)).toEqual(['group_change_success', 'deployment_success']);
    });

    it('queues where it is asked to', async () => {
      const d = desk();
      const first = await d.put(APP);
      const second = await d.put({ id: '/web', cmd: 'sleep 2' }, { options: { lock: 'queue' } });
      expect(await d.deployment(second)).toMatchObject({ state: 'queued', gate: { kind: 'lock' } });
      expect(await failure(d.put({ id: '/web', cmd: 'sleep 3' }))).toMatchObject({
        extra: { deployments: [first, second] },
      });
    });

    it('reverts only what the deployment changed and nobody changed since', async () => {
      const d = desk();
      const done = async (id: string) => {
        await conclude(opened.store, { deployment: id, outcome: 'succeeded', description: 'Done.' });
        return id;
      };
      await done(await d.put([APP, { id: '/db', cmd: 'sleep 1' }]));
      const old = await d.app('/web');
      const both = await done(
        await d.put([
          { id: '/web', cmd: 'sleep 2' },
          { id: '/db', cmd: 'sleep 2' },
        ]),
      );
      await done(await d.put({ id: '/db', cmd: 'sleep 3' }));
      const back = await d.revert(both);
      expect(await d.app('/db')).toMatchObject({ cmd: 'sleep 3' });
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 1' });
      expect((await d.app('/web'))?.versionInfo.lastConfigChangeAt).toBe(old?.versionInfo.lastConfigChangeAt);
      expect(await d.deployment(both)).toMatchObject({ outcome: 'succeeded', rolledBackBy: back });
      expect(await d.deployment(back)).toMatchObject({ rollbackOf: both, affectedApps: ['/web'] });
    });

    it('reverts a deployment also when what came after it was taken back', async () => {
      const d = desk();
      const end = async (id: string, outcome: 'succeeded' | 'cancelled' = 'succeeded') => {
        const restore = outcome === 'cancelled';
        await conclude(opened.store, { deployment: id, outcome, description: 'Over.', restore });
        return id;
      };
      await end(await d.put(APP));
      const second = await end(await d.put({ id: '/web', cmd: 'sleep 2' }));
      const third = await end(await d.put({ id: '/web', cmd: 'sleep 3' }));
      await end(await d.revert(third));
      await end(await d.put({ id: '/web', cmd: 'sleep 4' }), 'cancelled');
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 2' });
      const back = await end(await d.revert(second));
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 1' });
      // There is nothing left to revert, and the rollback that did it stays named.
      await d.revert(second);
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 1' });
      expect(await d.deployment(second)).toMatchObject({ rolledBackBy: back });
    });

    it('never takes an app away because the definition before is not kept any more', async () => {
      const d = desk();
      for (const cmd of ['sleep 1', 'sleep 2']) {
        const id = await d.put({ ...APP, cmd });
        await conclude(opened.store, { deployment: id, outcome: 'succeeded', description: 'Done.' });
      }
      const { version } = (await d.app('/web')) ?? { version: '' };
      await opened.store.db.execute(
        sql`delete from app_versions where environment = ${d.environment} and version < ${version}`,
      );
      const [last] = await rows<{ id: string }>(
        opened.store.db,
        sql`select id from deployments where environment = ${d.environment} order by sequence desc limit 1`,
      );
      expect(await failure(d.revert(last?.id ?? ''))).toMatchObject({ code: 'not_found' });
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 2' });
    });

    it('a rollback of a queued one waits behind those before it', async () => {
      const d = desk();
      const first = await d.put(APP);
      const second = await d.put({ id: '/web', cmd: 'sleep 2' }, { options: { lock: 'queue' } });
      const back = await d.revert(second);
      expect(await d.deployment(first)).toMatchObject({ state: 'accepted' });
      expect(await d.deployment(second)).toMatchObject({ state: 'superseded', supersededBy: back });
      expect(await d.deployment(back)).toMatchObject({ state: 'queued', supersedes: [second] });
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 1' });
    });

    it('a rollback that waits wants what the one before it brings back when that is cancelled', async () => {
      const d = desk();
      const first = await d.put(APP);
      await conclude(opened.store, { deployment: first, outcome: 'succeeded', description: 'Done.' });
      const second = await d.put({ id: '/web', cmd: 'sleep 2' });
      const third = await d.put({ id: '/web', cmd: 'sleep 3' }, { options: { lock: 'queue' } });
      const back = await d.revert(third);
      expect((await loadWork(opened.store, back, '/web')).target).toMatchObject({ cmd: 'sleep 2' });
      const description = 'Cancelled.';
      await conclude(opened.store, { deployment: second, outcome: 'cancelled', description, restore: true });
      expect(await d.app('/web')).toMatchObject({ cmd: 'sleep 1' });
      expect((await loadWork(opened.store, back, '/web')).target).toMatchObject({ cmd: 'sleep 1' });
    });

    it('finishes what a superseded deployment left undone', async () => {
      const d = desk();
      const first = await d.put(APP);
      await conclude(opened.store, { deployment: first, outcome: 'succeeded', description: 'Done.' });
      const stuck = await d.put({ id: '/web', cmd: 'sleep 2' });
      const labels = await d.put({ id: '/web', labels: { a: 'b' } }, { force: true });
      expect((await d.deployment(stuck)).state).toBe('superseded');
      const actions = (await d.deployment(labels)).steps.flatMap((step) => step.actions.map((a) => a.action));
      expect(actions).toContain('RestartApplication');
    });

    it('tells the activities what was and what shall be', async () => {
      const d = desk();
      const first = await d.put(APP);
      expect(await loadWork(opened.store, first, '/web')).toMatchObject({ target: APP });
      expect((await loadWork(opened.store, first, '/web')).original).toBeUndefined();
      await conclude(opened.store, { deployment: first, outcome: 'succeeded', description: 'Done.' });
      const change = { kind: 'deleteApp', id: '/web' } as const;
      const gone = await d.admission.admit(d.request({ change }));
      const work = await loadWork(opened.store, gone.deploymentId, '/web');
      expect(work.target).toBeUndefined();
      expect(work.original).toMatchObject(APP);
    });
  });
});
