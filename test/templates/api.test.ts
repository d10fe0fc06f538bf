import { readdirSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve, sharedStore } from '../api/harness.js';
import { FIXTURES, fixture } from '../formats/helpers.js';

const store = sharedStore();
let served: Served;
let call: Served['call'];

beforeEach(async () => {
  served = await serve(store());
  call = served.call;
});

describe('manifests', () => {
  test.each(readdirSync(FIXTURES).filter((name) => name !== 'biome.json'))(
    '%s is accepted as it stands',
    async (name) => {
      const change = { manifest: fixture(name) };
      const plan = await call('POST', '/api/plan', { change });
      const reply = await call('POST', '/api/deployments', { change });
      expect([plan.status, reply.status]).toEqual([200, 201]);
      expect(reply.body.affectedApps.length).toBeGreaterThan(0);
      expect(reply.body.notCarriedOver).toEqual(plan.body.notCarriedOver);
      expect(reply.body.notCarriedOver.length > 0).toBe(!name.startsWith('marathon'));
      for (const id of reply.body.affectedApps) expect((await call('GET', `/v2/apps${id}`)).status).toBe(200);
    },
  );

  test('applying the same file again changes nothing', async () => {
    const change = { manifest: fixture('kubernetes-deployment.yaml') };
    await call('POST', '/api/deployments', { change });
    const again = await call('POST', '/api/plan', { change });
    expect(again.body).toMatchObject({ steps: [] });
  });

  test('a text that is neither is refused with line and column', async () => {
    const reply = await call('POST', '/api/deployments', { change: { manifest: 'id: [1\ncmd: x' } });
    expect(reply.status).toBe(422);
    expect(reply.body.details).toEqual([
      { path: '/change/manifest', errors: [expect.stringMatching(/at line 2/)] },
    ]);
  });
});

describe('export', () => {
  test.each(['marathon', 'kubernetes', 'bcs'])(
    'as %s is a manifest that says the same again',
    async (form) => {
      await call('POST', '/api/deployments', { change: { manifest: fixture('bcs-deployment.json') } });
      const { status, body } = await call('GET', `/api/apps/web/export?form=${form}`);
      expect([status, body.form]).toEqual([200, form]);
      const again = { change: { manifest: body.text }, lock: 'supersede' };
      const written = await call('POST', '/api/deployments', again);
      expect(written.status).toBe(201);
      const second = (await call('GET', `/api/apps/web/export?form=${form}`)).body.text;
      expect(second).toBe(body.text);
    },
  );

  test('says which forms there are, and which apps are not', async () => {
    await call('POST', '/api/deployments', { change: { app: { id: '/a', cmd: 'x' } } });
    expect((await call('GET', '/api/apps/a/export?form=nomad')).body.message).toMatch(
      /marathon, kubernetes, bcs/,
    );
    expect((await call('GET', '/api/apps/gone/export')).status).toBe(404);
  });
});

describe('templates', () => {
  const app = { id: '/{{team}}/web', cmd: 'serve {{version}}', instances: '{{instances}}' };

  test('are kept, listed, replaced and forgotten', async () => {
    const first = await call(
      'PUT',
      '/api/templates/web',
      { app, description: 'a server' },
      { 'x-slipway-by': 'olga' },
    );
    expect([first.status, first.body]).toEqual([
      201,
      expect.objectContaining({
        name: 'web',
        app,
        description: 'a server',
        by: 'olga',
        parameters: ['team', 'version', 'instances'],
      }),
    ]);
    expect((await call('PUT', '/api/templates/web', { app })).status).toBe(200);
    await call('PUT', '/api/templates/api', { app: { id: '/api', cmd: 'x' } });
    const { items } = (await call('GET', '/api/templates')).body;
    expect(
      items.map(({ name, description }: { name: string; description: string }) => [name, description]),
    ).toEqual([
      ['api', ''],
      ['web', ''],
    ]);
    expect((await call('GET', '/api/templates/web')).body).toEqual(items[1]);
    expect((await call('DELETE', '/api/templates/web')).status).toBe(204);
    for (const method of ['GET', 'DELETE'])
      expect((await call(method, '/api/templates/web')).status).toBe(404);
  });

  test('are those of an environment', async () => {
    await call('PUT', '/api/templates/web', { app });
    expect((await (await serve(store())).call('GET', '/api/templates')).body.items).toEqual([]);
  });

  test('make apps', async () => {
    await call('PUT', '/api/templates/web', { app });
    const template = { name: 'web', parameters: { team: 'shop', version: '1.10', instances: '2' } };
    const plan = await call('POST', '/api/plan', { change: { template } });
    expect(plan.body).toMatchObject({ peakInstances: 2, notCarriedOver: [] });
    expect((await call('POST', '/api/deployments', { change: { template } })).body.affectedApps).toEqual([
      '/shop/web',
    ]);
    const made = (await call('GET', '/v2/apps/shop/web')).body.app;
    expect(made).toMatchObject({ cmd: 'serve 1.10', instances: 2 });
  });

  test.each([
    [{ name: 'web', parameters: { team: 'a' } }, 422, '/parameters/version'],
    [{ name: 'gone' }, 404, undefined],
    [{ name: 'web', parameters: { team: [] } }, 422, '/change/template/parameters/team'],
  ])('applied wrongly: %j is %i', async (template, status, path) => {
    await call('PUT', '/api/templates/web', { app });
    const reply = await call('POST', '/api/deployments', { change: { template } });
    expect(reply.status).toBe(status);
    if (path !== undefined) expect(reply.body.details[0].path).toBe(path);
  });

  test.each([
    ['web', { app: { id: '/a', cpu: 1 } }, '/app/cpu'],
    ['web', { app: 'x' }, '/app'],
    ['web', { app, descripton: 'x' }, '/descripton'],
    ['We b', { app }, '/name'],
  ])('kept wrongly: %s %j is 422', async (name, body, path) => {
    const reply = await call('PUT', `/api/templates/${encodeURIComponent(name)}`, body);
    expect([reply.status, reply.body.details[0].path]).toEqual([422, path]);
  });
});
