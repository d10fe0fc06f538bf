import { beforeEach, describe, expect, test } from 'vitest';
import { recordTransition } from '../../src/admission/progress.js';
import { RetryableError, TerminalError } from '../../src/errors.js';
import { until } from '../helpers/until.js';
import { type Served, serve, sharedStore } from './harness.js';
import { begin, deploymentIn, instanceOf, running, succeed, tell } from './steps.js';

const store = sharedStore();
let served: Served;
let call: Served['call'];

beforeEach(async () => {
  served = await serve(store());
  call = served.call;
});

const app = { id: '/a', cmd: 'x', instances: 2 };

/** Starts a release of an app that is under way. */
async function underWay(): Promise<string> {
  const id = deploymentIn(await call('POST', '/api/deployments', { change: { app } }));
  await begin(served, id);
  return id;
}

describe('POST /api/deployments', () => {
  test('answers 201 with the deployment', async () => {
    const reply = await call('POST', '/api/deployments', {
      change: { app: { ...app, dependencies: ['/gone'] } },
      pauseMode: 'first',
      strategy: { type: 'batches', batches: [1, 'rest'] },
      by: 'olga',
      reason: 'a new release',
    });
    expect(reply.status).toBe(201);
    const { id } = reply.body;
    expect(reply.body).toMatchObject({
      id,
      environment: served.environment,
      state: 'accepted',
      affectedApps: ['/a'],
      currentStep: 0,
      totalSteps: 2,
      options: { pauseMode: 'first', strategy: { type: 'batches', batches: [1, 'rest'] } },
      by: 'olga',
      reason: 'a new release',
      warnings: [expect.stringContaining('/gone'), expect.stringContaining('neither a health check')],
    });
    expect(reply.body.steps[1].actions[0]).toMatchObject({
      action: 'ScaleApplication',
      app: '/a',
      state: 'pending',
    });
    expect(deploymentIn(reply)).toBe(id);
    expect(reply.headers.get('location')).toBe(`/api/deployments/${id}`);
    expect(reply.headers.get('warning')).toBeNull();
    expect((await call('GET', `/api/deployments/${id}`)).body).toEqual(reply.body);
  });

  const web = { id: '/g/web', cmd: 'x' };
  test.each<[string, object, object, string[]]>([
    ['apps', { apps: [web, { id: '/b', cmd: 'y' }] }, {}, ['/b', '/g/web']],
    ['a group', { group: { id: '/new', apps: [{ id: 'a', cmd: 'x' }] } }, {}, ['/new/a']],
    ['instances', { scale: { id: 'g/web', instances: 4 } }, { instances: 4 }, ['/g/web']],
    ['a factor', { scale: { id: '/g', factor: 3 } }, { instances: 3 }, ['/g/web']],
    ['a restart', { restart: { id: '/g/web' } }, {}, ['/g/web']],
    ['a version', { rollback: { id: '/g/web', revision: 1 } }, { cpus: 0.5 }, ['/g/web']],
    ['a manifest with an app', { manifest: JSON.stringify({ id: '/m', cmd: 'x' }) }, {}, ['/m']],
    ['a manifest with a group', { manifest: '{"id":"/n","apps":[{"id":"a","cmd":"x"}]}' }, {}, ['/n/a']],
    ['removal of an app', { delete: { id: '/g/web' } }, {}, ['/g/web']],
    ['removal of a group', { delete: { id: '/g' } }, {}, ['/g/web']],
  ])('%s', async (_what, change, shown, apps) => {
    await running(served, { id: '/g/web', cpus: 0.5 });
    await succeed(served, deploymentIn(await call('PUT', '/v2/apps/g/web', { cpus: 0.25 })));
    const reply = await call('POST', '/api/deployments', { change });
    expect([reply.status, reply.body.affectedApps.sort()]).toEqual([201, apps]);
    if (Object.keys(shown).length > 0)
      expect((await call('GET', '/v2/apps/g/web')).body.app).toMatchObject(shown);
  });

  test('who asks is said by authorization, header, body, in this order', async () => {
    const guarded = await serve(store(), { token: 't' });
    const basic = `Basic ${Buffer.from('anna:t').toString('base64')}`;
    const start = async (id: string, headers: Record<string, string>, by?: string) =>
      (
        await guarded.call(
          'POST',
          '/api/deployments',
          { change: { app: { id, cmd: 'x' } }, ...(by && { by }) },
          headers,
        )
      ).body.by;
    expect(await start('/a', { authorization: basic, 'x-slipway-by': 'bert' }, 'carl')).toBe('anna');
    expect(await start('/b', { authorization: 'Bearer t', 'x-slipway-by': 'bert' }, 'carl')).toBe('bert');
    expect(await start('/c', { authorization: 'Bearer t', 'x-slipway-by': encodeURIComponent('Zoë') })).toBe(
      'Zoë',
    );
    expect(await start('/d', { authorization: 'Bearer t' }, 'carl')).toBe('carl');
    expect(await start('/e', { authorization: 'Bearer t' })).toBe('anonymous');
  });

  test('the channel is in the ledger', async () => {
    await call(
      'POST',
      '/api/deployments',
      { change: { app } },
      { 'x-slipway-channel': 'cli', 'x-slipway-by': 'olga' },
    );
    const { items } = (await call('GET', '/api/ledger')).body;
    expect(items[0]).toMatchObject({ by: 'olga', channel: 'cli', deployment: served.accepted[0] });
  });

  test('lock: queue waits for its turn, refuse is 409 with the holders', async () => {
    const holder = await underWay();
    const change = { app: { ...app, cmd: 'y' } };
    const refused = await call('POST', '/api/deployments', { change });
    expect([refused.status, refused.body.code, refused.body.deployments]).toEqual([409, 'locked', [holder]]);
    const queued = await call('POST', '/api/deployments', { change, lock: 'queue' });
    expect(queued.body).toMatchObject({ state: 'queued', gate: { kind: 'lock' } });
    const taken = await call('POST', '/api/deployments', {
      change: { app: { ...app, cmd: 'z' } },
      lock: 'supersede',
    });
    expect(taken.body.supersedes).toContain(holder);
  });
});

describe('POST /api/plan', () => {
  test('shows what would be done, and stores nothing', async () => {
    const { status, body } = await call('POST', '/api/plan', { change: { app: { ...app, instances: 3 } } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      peakInstances: 3,
      fits: true,
      doesNotFit: [],
      apps: { '/a': { peakInstances: 3 } },
    });
    expect(body.steps.at(-1).actions[0]).toMatchObject({
      action: 'ScaleApplication',
      app: '/a',
      instances: 3,
    });
    expect((await call('GET', '/v2/apps')).body).toEqual({ apps: [] });
    expect((await call('GET', '/api/deployments')).body).toEqual({ items: [] });
  });
});

describe('GET /api/deployments', () => {
  test('pages, the newest first, by state, app, activity and time', async () => {
    await running(served, { id: '/a' });
    await running(served, { id: '/b' });
    const live = deploymentIn(await call('PUT', '/v2/apps/a', { cmd: 'y' }));
    const ids = async (query: string) =>
      (await call('GET', `/api/deployments${query}`)).body.items.map(({ id }: { id: string }) => id);
    const all = await ids('');
    expect([all.length, all[0]]).toEqual([3, live]);
    const first = (await call('GET', '/api/deployments?limit=2')).body;
    expect(first.items).toHaveLength(2);
    expect(await ids(`?limit=2&before=${first.next}`)).toEqual([all[2]]);
    expect(await ids('?active=true')).toEqual([live]);
    expect(await ids('?active=False')).toEqual(all.slice(1));
    expect(await ids('?state=succeeded&app=a')).toEqual([all[2]]);
    expect(await ids('?app=/b')).toEqual([all[1]]);
    expect(await ids(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
  });

  test.each(['?limit=0', '?limit=x', '?state=busy', '?before=x', '?active=perhaps'])(
    '%s is 400',
    async (query) => {
      const reply = await call('GET', `/api/deployments${query}`);
      expect([reply.status, reply.body.code]).toEqual([400, 'bad_request']);
    },
  );
});

describe('commands', () => {
  test.each(['pause', 'resume', 'advance', 'cancel', 'close', 'force', 'retry', 'setPauseMode'])(
    '%s',
    async (command) => {
      const id = await underWay();
      const body = { by: 'olga', reason: 'because', requestId: 'r1', expect: { step: 1, batch: 0 } };
      const mode = command === 'setPauseMode' ? { mode: 'each' } : {};
      const reply = await call('POST', `/api/deployments/${id}/${command}`, { ...body, ...mode });
      expect([reply.status, reply.body.id]).toEqual([200, id]);
      expect(served.ports.commands).toEqual([{ id, command, body: { ...body, ...mode, channel: 'api' } }]);
    },
  );

  test('need no body', async () => {
    const id = await underWay();
    expect((await call('POST', `/api/deployments/${id}/pause`)).status).toBe(200);
    expect(served.ports.commands).toEqual([
      { id, command: 'pause', body: { by: 'anonymous', channel: 'api' } },
    ]);
  });

  test('a key in the header is the request id', async () => {
    const id = await underWay();
    await call('POST', `/api/deployments/${id}/pause`, {}, { 'idempotency-key': 'k' });
    expect(served.ports.commands[0]?.body.requestId).toBe('k');
  });

  test('of one that has ended are 409 with its state', async () => {
    const id = await underWay();
    await succeed(served, id);
    const reply = await call('POST', `/api/deployments/${id}/pause`);
    expect([reply.status, reply.body.code, reply.body.state]).toEqual([409, 'not_applicable', 'succeeded']);
    expect(reply.body.message).toContain(id);
    expect(served.ports.commands).toEqual([]);
  });

  test('that the workflow refuses are 409 with the state', async () => {
    const id = await underWay();
    await recordTransition(store(), { deployment: id, state: 'paused' });
    served.ports.refusal = new TerminalError('stale', 'expected step 3, but it is at step 1');
    const reply = await call('POST', `/api/deployments/${id}/resume`, { expect: { step: 3 } });
    expect([reply.status, reply.body]).toEqual([
      409,
      { message: 'expected step 3, but it is at step 1', code: 'stale', state: 'paused' },
    ]);
  });

  test('before its workflow runs: cancel ends it at once, others do not apply', async () => {
    const id = deploymentIn(await call('POST', '/api/deployments', { change: { app } }));
    served.ports.refusal = new TerminalError('not_applicable', 'no workflow');
    const pause = await call('POST', `/api/deployments/${id}/pause`);
    expect([pause.status, pause.body.state]).toEqual([409, 'accepted']);
    expect(pause.body.message).toContain('has not begun yet');
    const cancel = await call('POST', `/api/deployments/${id}/cancel`, { by: 'olga' });
    expect([cancel.status, cancel.body.state, cancel.body.outcome]).toEqual([200, 'cancelled', 'cancelled']);
    expect((await call('GET', '/v2/apps/a')).status).toBe(404);
  });

  test('a repetition gets the first answer again, also when the deployment has ended by it', async () => {
    const id = deploymentIn(await call('POST', '/api/deployments', { change: { app } }));
    const body = { by: 'olga', requestId: 'r1' };
    const first = await call('POST', `/api/deployments/${id}/cancel`, body);
    const again = await call('POST', `/api/deployments/${id}/cancel`, body);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await call('POST', `/api/deployments/${id}/close`, body)).status).toBe(409);
    expect((await call('POST', `/api/deployments/${id}/cancel`, { requestId: 'r2' })).status).toBe(409);
    expect(served.ports.commands).toEqual([]);
  });

  test('what the workflow took is known by its request id after its end', async () => {
    const id = await underWay();
    const decided = { at: new Date().toISOString(), by: 'olga', channel: 'api', description: 'x' } as const;
    const transition = { deployment: id, decided: [{ ...decided, command: 'close', requestId: 'r1' }] };
    await recordTransition(store(), transition);
    await succeed(served, id);
    expect((await call('POST', `/api/deployments/${id}/close`, { requestId: 'r1' })).status).toBe(200);
    expect((await call('POST', `/api/deployments/${id}/close`, { requestId: 'r2' })).status).toBe(409);
  });

  test('while Temporal is away are 503 with its name and when to try again', async () => {
    const id = await underWay();
    served.ports.refusal = new RetryableError('Temporal at 127.0.0.1:7233', 'no connection');
    const reply = await call('POST', `/api/deployments/${id}/pause`);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '2']);
    expect(reply.body).toEqual({
      message: 'Temporal at 127.0.0.1:7233 is away: no connection',
      code: 'unavailable',
    });
  });

  test('rollback answers with the new deployment, once for each request id', async () => {
    const id = await underWay();
    const body = { by: 'olga', reason: 'wrong', requestId: 'r1' };
    const reply = await call('POST', `/api/deployments/${id}/rollback`, body);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ rollbackOf: id, by: 'olga', reason: 'wrong', supersedes: [id] });
    expect(deploymentIn(reply)).toBe(reply.body.id);
    const again = await call('POST', `/api/deployments/${id}/rollback`, body);
    expect([again.status, again.body.id]).toEqual([200, reply.body.id]);
    expect(served.accepted).toHaveLength(2);
    expect((await call('GET', `/api/deployments/${id}`)).body.rolledBackBy).toBe(reply.body.id);
    expect(served.ports.commands).toEqual([]);
  });

  test('rollback of one that has ended', async () => {
    const id = await underWay();
    await succeed(served, id);
    const reply = await call('POST', `/api/deployments/${id}/rollback`);
    expect([reply.status, reply.body.rollbackOf]).toEqual([200, id]);
    expect((await call('GET', `/api/deployments/${id}`)).body.outcome).toBe('succeeded');
  });

  test('rollback with a stale expectation is 409', async () => {
    const id = await underWay();
    const reply = await call('POST', `/api/deployments/${id}/rollback`, { expect: { step: 2 } });
    expect([reply.status, reply.body.code, reply.body.state]).toEqual([409, 'stale', 'running']);
    expect(served.accepted).toHaveLength(1);
  });

  test('PATCH edits the options, and says what cannot be edited', async () => {
    const id = await underWay();
    expect((await call('PATCH', `/api/deployments/${id}`, { pauseMode: 'each' })).status).toBe(200);
    const options = { pauseMode: 'each' };
    expect(served.ports.commands).toMatchObject([{ id, command: 'edit', body: { options } }]);
    const reply = await call('PATCH', `/api/deployments/${id}`, { lock: 'queue' });
    expect(reply.status).toBe(422);
    expect(JSON.stringify(reply.body.details)).toContain('lock');
  });

  test.each([
    ['/none/pause', {}, 404],
    ['/none/explode', {}, 404],
    ['/none', undefined, 405],
  ])('POST /api/deployments%s is %i', async (path, body, status) => {
    expect((await call('POST', `/api/deployments${path}`, body)).status).toBe(status);
  });

  test('an unknown field of a command is refused by name', async () => {
    const id = await underWay();
    const reply = await call('POST', `/api/deployments/${id}/pause`, { reasn: 'x' });
    expect(reply.body.details).toEqual([
      { path: '/reasn', errors: ["is not a known field: did you mean 'reason'?"] },
    ]);
  });
});

describe('instances', () => {
  test('of a deployment: old and new, and none that had ended before', async () => {
    const v1 = await running(served, { id: '/a' });
    const before = instanceOf('/a', v1, { state: 'failed', endedAt: '2001-01-01T00:00:00.000Z' });
    const old = instanceOf('/a', v1);
    const changed = await call('PUT', '/v2/apps/a', { cmd: 'y' });
    const fresh = instanceOf('/a', changed.body.version, { state: 'staging' });
    await tell(served, [before, old, fresh]);
    const { items } = (await call('GET', `/api/deployments/${deploymentIn(changed)}/instances`)).body;
    const roles = Object.fromEntries(items.map(({ id, role }: { id: string; role: string }) => [id, role]));
    expect(roles).toEqual({ [old.id]: 'old', [fresh.id]: 'new' });
    expect((await call('GET', `/api/instances/${old.id}`)).body).toEqual(old);
    expect((await call('GET', '/api/deployments/none/instances')).status).toBe(404);
  });

  test('of an app or all, in pages', async () => {
    const version = await running(served, { id: '/a' });
    const all = [instanceOf('/a', version), instanceOf('/a', version), instanceOf('/b', version)];
    await tell(served, all);
    expect((await call('GET', '/api/instances?app=a')).body.items).toHaveLength(2);
    const first = (await call('GET', '/api/instances?limit=2')).body;
    const rest = (await call('GET', `/api/instances?limit=2&before=${first.next}`)).body;
    expect([...first.items, ...rest.items].map(({ id }) => id).sort()).toEqual(
      all.map(({ id }) => id).sort(),
    );
    expect(rest.next).toBeUndefined();
  });

  test('are all stopped where the runtime is embedded, and only there', async () => {
    const embedded = await serve(store(), { stopInstances: async () => 3 });
    expect((await embedded.call('POST', '/api/instances/stop')).body).toEqual({ stopped: 3 });
    expect((await call('POST', '/api/instances/stop')).status).toBe(404);
  });
});

describe('logs', () => {
  test('are plain text, of the stream and the tail that were asked for', async () => {
    const instance = instanceOf('/a', '2026-01-01T00:00:00.000Z');
    await tell(served, [instance]);
    served.ports.lines = ['one', 'zwei ö'];
    const reply = await call('GET', `/api/instances/${instance.id}/logs?stream=stderr&tail=10`);
    expect([reply.status, reply.text]).toEqual([200, 'one\nzwei ö\n']);
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(served.ports.logQueries[0]).toMatchObject({ stream: 'stderr', tail: 10, follow: false });
    served.ports.lines = [];
    const empty = await call('GET', `/api/instances/${instance.id}/logs`);
    expect([empty.status, empty.text]).toEqual([200, '']);
  });

  test('are followed until the client goes', async () => {
    const instance = instanceOf('/a', '2026-01-01T00:00:00.000Z');
    await tell(served, [instance]);
    served.ports.lines = ['first'];
    const gone = new AbortController();
    const response = await fetch(`${served.url}/api/instances/${instance.id}/logs?follow=true`, {
      signal: gone.signal,
    });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first\n');
    gone.abort();
    await until(() => served.ports.logQueries[0]?.signal?.aborted, { what: 'the log to be left' });
  });

  test.each([
    ['none/logs', 404],
    ['ID/logs?stream=stdin', 400],
    ['ID/logs?tail=-1', 400],
  ])('%s is %i', async (path, status) => {
    const instance = instanceOf('/a', '2026-01-01T00:00:00.000Z');
    await tell(served, [instance]);
    expect((await call('GET', `/api/instances/${path.replace('ID', instance.id)}`)).status).toBe(status);
  });

  test('that cannot be read are an error, not an empty log', async () => {
    const instance = instanceOf('/a', '2026-01-01T00:00:00.000Z');
    await tell(served, [instance]);
    served.ports.instances.logs = () => {
      throw new TerminalError('not_found', 'Its log is gone.');
    };
    expect((await call('GET', `/api/instances/${instance.id}/logs`)).status).toBe(404);
  });
});

describe('what was and what is', () => {
  test('history has a revision for each version, the newest first', async () => {
    const v1 = await running(served, { id: '/shop/web' });
    const v2 = (
      await call(
        'PUT',
        '/v2/apps/shop/web',
        { cmd: 'y' },
        { 'x-slipway-by': 'olga', 'x-slipway-reason': 'why' },
      )
    ).body.version;
    const { items } = (await call('GET', '/api/apps/shop/web/history')).body;
    expect(items).toMatchObject([
      { revision: 2, version: v2, by: 'olga', reason: 'why' },
      { revision: 1, version: v1, by: 'anonymous' },
    ]);
    expect((await call('GET', '/api/apps/none/history')).status).toBe(404);
  });

  test('history keeps as many old revisions as the app says, ten where it does not', async () => {
    await running(served, { id: '/a', cmd: 'v1' });
    const change = async (cmd: string, release: object) =>
      succeed(served, deploymentIn(await call('PUT', '/v2/apps/a', { cmd, release })));
    for (let version = 2; version <= 12; version += 1) await change(`v${version}`, {});
    const kept = async () =>
      (await call('GET', '/api/apps/a/history')).body.items.map(
        (each: { revision: number }) => each.revision,
      );
    expect(await kept()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    await change('v13', { revisionHistoryLimit: 2 });
    expect(await kept()).toEqual([13, 12, 11]);
    const back = (revision: number) =>
      call('POST', '/api/deployments', { change: { rollback: { id: '/a', revision } } });
    const gone = await back(10);
    expect([gone.status, gone.body.message]).toEqual([404, expect.stringContaining('kept are 11 to 13')]);
    await back(11);
    expect((await call('GET', '/v2/apps/a')).body.app.cmd).toBe('v11');
  });

  test('the ledger by app has all decisions on deployments that affect it', async () => {
    const change = { apps: [app, { id: '/b', cmd: 'x' }] };
    const id = deploymentIn(await call('POST', '/api/deployments', { change, by: 'olga' }));
    await call('POST', `/api/deployments/${id}/cancel`, { by: 'ana' });
    await call('POST', '/api/deployments', { change: { app: { id: '/c', cmd: 'x' } } });
    const { items } = (await call('GET', '/api/ledger?app=a')).body;
    expect(items.map(({ command, by }: { command: string; by: string }) => [command, by])).toEqual([
      ['cancel', 'ana'],
      ['cancelled', 'slipway'],
      ['update', 'olga'],
    ]);
  });

  test('the ledger by deployment and by whom', async () => {
    const first = await underWay();
    await call('POST', '/api/deployments', { change: { app: { id: '/b', cmd: 'x' } }, by: 'olga' });
    const items = async (query: string) => (await call('GET', `/api/ledger${query}`)).body.items;
    expect(await items('')).toHaveLength(2);
    expect(
      (await items(`?deployment=${first}`)).map(({ deployment }: { deployment: string }) => deployment),
    ).toEqual([first]);
    expect((await items('?by=olga')).map(({ by }: { by: string }) => by)).toEqual(['olga']);
  });

  test('the ledger by app has the decisions about deployments that touch it, too', async () => {
    const web = deploymentIn(
      await call('POST', '/api/deployments', { change: { app: { id: '/web', cmd: 'x' } } }),
    );
    await call('POST', '/api/deployments', { change: { app: { id: '/b', cmd: 'x' } } });
    await call('POST', `/api/deployments/${web}/cancel`, { by: 'olga' });
    const { items } = (await call('GET', '/api/ledger?app=web')).body;
    expect(items.length).toBeGreaterThan(1);
    expect(new Set(items.map(({ deployment }: { deployment: string }) => deployment))).toEqual(
      new Set([web]),
    );
  });

  test('environments have what there is and what is taken', async () => {
    expect((await call('GET', '/api/environments')).body).toEqual({
      items: [
        {
          name: served.environment,
          runtime: 'process',
          default: true,
          production: false,
          capacity: { cpus: 1000, mem: 1_000_000, disk: 1_000_000, ports: 10_000 },
          taken: { cpus: 0, mem: 0, disk: 0, ports: 0 },
        },
      ],
    });
  });

  test('status tells what is away', async () => {
    served.ports.health = { database: true, temporal: false };
    expect((await call('GET', '/api/status')).body).toEqual({
      version: '9.9.9',
      environment: served.environment,
      url: served.url,
      database: true,
      temporal: false,
      temporalAddress: '127.0.0.1:7233',
      temporalUi: 'http://127.0.0.1:8233',
    });
  });
});
