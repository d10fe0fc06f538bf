import { describe, expect, test } from 'vitest';
import { askCalendar } from '../../src/admission/calendar.js';
import { serve, sharedStore } from './harness.js';
import { begin, deploymentIn, instanceOf, succeed, tell } from './steps.js';

const store = sharedStore();
const WINDOW = { rrule: 'FREQ=WEEKLY;BYDAY=TU;BYHOUR=9', durationSeconds: 3600, timeZone: 'Europe/Berlin' };
const FREEZE = {
  from: '2026-06-01T00:00:00+02:00',
  until: '2026-06-03T00:00:00Z',
  apps: ['shop'],
  reason: 'the sale',
};
const APP = { app: { id: '/shop/web', cmd: 'sleep 1000' } };

describe('freezes and windows', () => {
  test('are put, shown, listed, changed and removed; the ledger keeps who and why', async () => {
    const served = await serve(store());
    const headers = { 'X-Slipway-By': 'ana', 'X-Slipway-Reason': 'summer' };
    const put = await served.call('PUT', '/api/freezes/sale', FREEZE, headers);
    expect(put).toMatchObject({
      status: 201,
      body: { name: 'sale', from: '2026-05-31T22:00:00.000Z', apps: ['/shop'] },
    });
    expect((await served.call('PUT', '/api/freezes/sale', { ...FREEZE, reason: 'longer' })).status).toBe(200);
    expect((await served.call('GET', '/api/freezes/sale')).body.reason).toBe('longer');
    expect((await served.call('PUT', '/api/windows/tuesdays', WINDOW)).body).toEqual({
      name: 'tuesdays',
      ...WINDOW,
    });
    expect((await served.call('GET', '/api/windows')).body.items).toHaveLength(1);
    expect((await served.call('DELETE', '/api/windows/tuesdays')).status).toBe(204);
    expect((await served.call('DELETE', '/api/windows/tuesdays')).status).toBe(404);
    const ledger = (await served.call('GET', '/api/ledger')).body.items;
    expect(ledger.at(-1)).toMatchObject({
      by: 'ana',
      command: 'freeze',
      reason: 'summer',
      description: 'Adds the freeze sale.',
    });
  });

  test.each([
    ['windows/w', { ...WINDOW, rrule: 'on tuesdays' }, '/rrule'],
    ['windows/w', { ...WINDOW, timeZone: 'Nowhere' }, '/timeZone'],
    ['freezes/f', { ...FREEZE, until: '2026-01-01T00:00:00Z' }, '/until'],
    ['freezes/f', { ...FREEZE, from: 'soon' }, '/from'],
    ['freezes/f', { ...FREEZE, app: 'shop' }, '/'],
  ])('%s is refused with %j at %s', async (path, body, at) => {
    const served = await serve(store());
    const reply = await served.call('PUT', `/api/${path}`, body);
    expect(reply.status).toBe(422);
    expect(reply.body.details[0].path).toContain(at);
  });

  test('what runs is told of a change, and asks what is stored', async () => {
    const served = await serve(store());
    const id = deploymentIn(await served.call('POST', '/api/deployments', { change: APP }));
    await served.call('PUT', '/api/freezes/sale', FREEZE);
    expect(served.ports.toldOfCalendar).toEqual([id]);
    const { environment } = served;
    const question = { environment, at: '2026-06-02T00:00:00.000Z', apps: ['/shop/web'], except: [] };
    expect(await askCalendar(store().db, question)).toMatchObject({ open: false, by: ['freeze sale'] });
    expect(await askCalendar(store().db, { ...question, apps: ['/other'] })).toEqual({ open: true });
  });

  test('a window that does not exist cannot be named', async () => {
    const served = await serve(store());
    const reply = await served.call('POST', '/api/deployments', { change: APP, window: 'nights' });
    expect(reply).toMatchObject({ status: 422, body: { details: [{ path: '/window' }] } });
    await served.call('PUT', '/api/windows/nights', WINDOW);
    const accepted = await served.call('POST', '/api/deployments', { change: APP, window: 'nights' });
    expect(accepted).toMatchObject({ status: 201, body: { options: { window: 'nights' } } });
  });
});

describe('options', () => {
  test('when and by whose leave it begins', async () => {
    const served = await serve(store());
    const approval = { required: 2, from: ['eva', 'ben'], expiresSeconds: 60 };
    const body = { change: APP, approval, startAt: '2030-01-01T01:00:00+01:00' };
    const reply = await served.call('POST', '/api/deployments', body);
    expect(reply.body.options).toEqual({ approval, startAt: '2030-01-01T00:00:00.000Z' });
  });

  test('an edit goes to the workflow as one command, with who and what is expected', async () => {
    const served = await serve(store());
    const id = deploymentIn(await served.call('POST', '/api/deployments', { change: APP }));
    const body = {
      by: 'ana',
      onFailure: 'rollback',
      strategy: { type: 'batches', batches: 2 },
      expect: { step: 1 },
    };
    expect((await served.call('PATCH', `/api/deployments/${id}`, body)).status).toBe(200);
    expect(served.ports.commands[0]).toMatchObject({
      command: 'edit',
      body: {
        by: 'ana',
        expect: { step: 1 },
        options: { onFailure: 'rollback', strategy: { type: 'batches' } },
      },
    });
    expect((await served.call('PATCH', `/api/deployments/${id}`, { approval: { required: 0 } })).status).toBe(
      422,
    );
    expect((await served.call('POST', `/api/deployments/${id}/edit`, {})).status).toBe(404);
  });

  test('a rollback goes fast, or in the batches of what it reverts', async () => {
    const served = await serve(store());
    const strategy = { type: 'batches', batches: 3 };
    const id = deploymentIn(
      await served.call('POST', '/api/deployments', { change: APP, strategy, onFailure: 'rollback' }),
    );
    await succeed(served, id);
    const fast = await served.call('POST', `/api/deployments/${id}/rollback`, {});
    expect(fast.body.options).toEqual({ fast: true, lock: 'supersede', onFailure: 'hold' });
    const batched = await served.call('POST', `/api/deployments/${id}/rollback`, { batched: true });
    expect(batched.body.options).toEqual({ strategy, lock: 'supersede', onFailure: 'hold' });
  });
});

describe('the queue', () => {
  test('force on a queued one takes the apps over from those before it', async () => {
    const served = await serve(store());
    const start = async (cmd: string, lock: string) =>
      deploymentIn(
        await served.call('POST', '/api/deployments', { change: { app: { ...APP.app, cmd } }, lock }),
      );
    const first = await start('a', 'refuse');
    const second = await start('b', 'queue');
    const third = await start('c', 'queue');
    const reply = await served.call('POST', `/api/deployments/${third}/force`, { by: 'ana' });
    expect(reply.status).toBe(200);
    for (const id of [first, second]) {
      expect((await served.call('GET', `/api/deployments/${id}`)).body).toMatchObject({
        state: 'superseded',
        supersededBy: third,
      });
    }
  });

  test('cancel of a queued one leaves the order of the others', async () => {
    const served = await serve(store());
    const start = async (cmd: string) =>
      deploymentIn(
        await served.call('POST', '/api/deployments', {
          change: { app: { ...APP.app, cmd } },
          lock: 'queue',
        }),
      );
    await start('a');
    const second = await start('b');
    const third = await start('c');
    const cancelled = await served.call('POST', `/api/deployments/${second}/cancel`, {});
    expect(cancelled.body.state).toBe('cancelled');
    expect((await served.call('GET', `/api/deployments/${third}`)).body).toMatchObject({
      state: 'queued',
      gate: { kind: 'lock' },
    });
  });
});

describe('explain', () => {
  test('names the instances in trouble, their last words, and who can do what', async () => {
    const served = await serve(store());
    const reply = await served.call('POST', '/api/deployments', { change: APP });
    const id = deploymentIn(reply);
    await begin(served, id);
    served.ports.lines = ['boom\n'];
    const crashed = instanceOf('/shop/web', reply.body.version, {
      state: 'failed',
      ready: false,
      exitStatus: 3,
      endedAt: new Date().toISOString(),
      message: 'exited with status 3',
    });
    await tell(served, [crashed, instanceOf('/shop/web', reply.body.version)]);
    const explained = await served.call('GET', `/api/deployments/${id}/explain`);
    expect(explained).toMatchObject({ status: 200, body: { gate: 'readiness' } });
    expect(explained.body.instances).toEqual([
      {
        id: crashed.id,
        version: reply.body.version,
        state: 'failed',
        exitStatus: 3,
        lastLog: ['boom'],
        waitingFor: 'exited with status 3',
      },
    ]);
    const commands = explained.body.canAct.map((each: { command: string }) => each.command);
    expect(commands).toEqual(expect.arrayContaining(['pause', 'cancel', 'force']));
    expect(commands).not.toContain('resume');
  });

  test('of one that has ended tells how, and that it can be rolled back', async () => {
    const served = await serve(store());
    const id = deploymentIn(await served.call('POST', '/api/deployments', { change: APP }));
    await succeed(served, id);
    const { body } = await served.call('GET', `/api/deployments/${id}/explain`);
    expect(body.description).toMatch(/^succeeded at .*: Done\.$/);
    expect(body.canAct).toEqual([{ command: 'rollback', who: 'anyone who may deploy' }]);
    expect((await served.call('GET', '/api/deployments/none/explain')).status).toBe(404);
  });
});
