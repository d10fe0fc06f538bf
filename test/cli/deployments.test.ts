import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, FakeService, page, slipway } from './harness.js';

const ONE = '97c136bf-5a28-4821-9d94-480d9fbb01c8';
const TWO = '97c1aaaa-5a28-4821-9d94-480d9fbb01c8';
const NOW = '2026-01-01T12:00:30.000Z';
let service: FakeService;

beforeEach(async () => {
  service = new FakeService();
  await service.start();
});
afterEach(() => service.stop());

const slip = (argv: string[], around = {}) =>
  slipway(['--api', service.url, ...argv], { now: NOW, ...around });

describe('the deployment that is meant', () => {
  beforeEach(() => {
    service.on('GET /api/deployments', ({ query }) => {
      const known = [
        deployment({ id: ONE }),
        deployment({ id: TWO, affectedApps: ['/web'] }),
        deployment({
          id: '00000000-0000-4000-8000-000000000000',
          state: 'succeeded',
          affectedApps: ['/old'],
        }),
      ];
      return page(
        known.filter(
          (d) =>
            (query.active !== 'true' || d.state === 'running') &&
            (query.app === undefined || d.affectedApps.includes(query.app)),
        ),
      );
    });
    for (const id of [ONE, TWO]) {
      service.on(`POST /api/deployments/${id}/pause`, () => ({ body: deployment({ id, state: 'paused' }) }));
    }
  });

  it.each([
    ['whole id', ONE, ONE],
    ['beginning', '97c13', ONE],
    ['app', '/web', TWO],
    ['app without its slash', 'web', TWO],
  ])('by its %s', async (_, name, id) => {
    service.on(`GET /api/deployments/${id}`, () => ({ body: deployment({ id }) }));
    const ran = await slip(['pause', name, '--reason', 'lunch', '--expect-step', '1', '--expect-batch', '2']);
    expect(ran.exit).toBe(0);
    expect(service.of(`POST /api/deployments/${id}/pause`)[0]?.body).toEqual({
      by: 'anna',
      reason: 'lunch',
      requestId: expect.any(String),
      expect: { step: 1, batch: 2 },
    });
  });

  it('is refused where a beginning fits two: exit 2, and both are named', async () => {
    const ran = await slip(['pause', '97c1']);
    expect(ran).toMatchObject({ exit: 2, out: '' });
    expect(ran.err).toBe(
      `"97c1" means 2 deployments; name one by its id.\n  ${ONE}  running  /product/db\n  ${TWO}  running  /web\n`,
    );
    expect(service.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('is refused where none fits: exit 1', async () => {
    const ran = await slip(['pause', 'ffff']);
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain('No active deployment has an id that begins with "ffff"');
  });

  it('may have ended for rollback and status, not for pause', async () => {
    service.on('POST /api/deployments/00000000-0000-4000-8000-000000000000/rollback', () => ({
      status: 201,
      body: deployment({ id: TWO, rollbackOf: '00000000-0000-4000-8000-000000000000' }),
    }));
    expect((await slip(['pause', '/old'])).exit).toBe(1);
    expect((await slip(['rollback', '/old', '--batched'])).out).toContain(
      `is rolled back by deployment ${TWO}`,
    );
    expect((await slip(['status', '/old', '--json'])).out).toContain('"state": "succeeded"');
  });

  it('is found on a later page, too', async () => {
    service.on('GET /api/deployments', ({ query }) =>
      query.before === undefined
        ? { body: { items: [deployment({ id: TWO })], next: 'cursor' } }
        : page([deployment({ id: ONE })]),
    );
    service.on(`POST /api/deployments/${ONE}/resume`, () => ({ body: deployment({ id: ONE }) }));
    expect((await slip(['resume', '97c136'])).exit).toBe(0);
    expect(service.of('GET /api/deployments').map(({ query }) => query.before)).toEqual([
      undefined,
      'cursor',
    ]);
  });
});

describe('commands', () => {
  it('repeat with the same requestId, so that a broken connection does not advance twice', async () => {
    service.on(`GET /api/deployments/${ONE}`, () => ({ body: deployment({ id: ONE }) }));
    let broken = true;
    service.on(`POST /api/deployments/${ONE}/advance`, () => {
      if (!broken) return { body: deployment({ id: ONE }) };
      broken = false;
      return { broken: true };
    });
    expect((await slip(['advance', ONE])).exit).toBe(0);
    const ids = service
      .of(`POST /api/deployments/${ONE}/advance`)
      .map(({ body }) => (body as { requestId: string }).requestId);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('end with 1 and the sentence of the service where the state does not fit', async () => {
    service.on(`GET /api/deployments/${ONE}`, () => ({ body: deployment({ id: ONE }) }));
    service.on(`POST /api/deployments/${ONE}/resume`, () => ({
      status: 409,
      body: { message: 'It is running, not paused.', code: 'not_applicable', state: 'running' },
    }));
    expect(await slip(['resume', ONE])).toEqual({ exit: 1, out: '', err: 'It is running, not paused.\n' });
  });

  it('switch the pause mode, and know the modes', async () => {
    service.on(`GET /api/deployments/${ONE}`, () => ({ body: deployment({ id: ONE }) }));
    service.on(`POST /api/deployments/${ONE}/setPauseMode`, () => ({ body: deployment({ id: ONE }) }));
    expect((await slip(['pause-mode', ONE, 'each'])).exit).toBe(0);
    expect(service.of(`POST /api/deployments/${ONE}/setPauseMode`)[0]?.body).toMatchObject({ mode: 'each' });
    expect((await slip(['pause-mode', ONE, 'often'])).exit).toBe(2);
  });
});

describe('status', () => {
  const paused = deployment({
    id: ONE,
    state: 'paused',
    gate: { kind: 'pause', since: NOW, who: 'whoever may deploy', description: 'Paused by anna: lunch.' },
    warnings: ['only one instance'],
  });

  it('shows steps, batches, counts, gate and warnings', async () => {
    service.on(`GET /api/deployments/${ONE}`, () => ({ body: paused }));
    const ran = await slip(['status', ONE]);
    expect(ran.out).toBe(
      [
        '97c136bf  paused  step 1 of 1  after 30s',
        '  Upgrades /product/db.',
        '  1 > RestartApplication /product/db  batch 2 of 3  old 4, new 5/10 (6 running) ready',
        '  pause: Paused by anna: lunch.; whoever may deploy can open it',
        '  warning: only one instance',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [{ terminal: true }, true],
    [{ terminal: true, env: { NO_COLOR: '1' } }, false],
    [{ terminal: false }, false],
  ])('has colours on a terminal only: %j', async (around, colours) => {
    service.on(`GET /api/deployments/${ONE}`, () => ({ body: paused }));
    expect((await slip(['status', ONE], around)).out.includes('\u001B[')).toBe(colours);
  });

  it('is redrawn over itself on a terminal', async () => {
    const looks = [paused, paused, deployment({ id: ONE, state: 'succeeded', steps: [] })];
    service.on(`GET /api/deployments/${ONE}`, () => ({ body: looks.length > 1 ? looks.shift() : looks[0] }));
    const ran = await slip(['status', ONE, '--watch'], { terminal: true });
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain('\u001B[5A\r\u001B[0J');
  });

  it('watches as NDJSON, one line per change, and goes on while the service is away for a moment', async () => {
    const looks = [
      () => paused,
      () => paused,
      () => undefined,
      () => deployment({ id: ONE, state: 'failed' }),
    ];
    service.on(`GET /api/deployments/${ONE}`, () => {
      const look = looks.length > 1 ? looks.shift() : looks[0];
      const body = look?.();
      return body === undefined ? { broken: true } : { body };
    });
    const ran = await slip(['status', ONE, '--watch', '--json']);
    expect(ran.exit).toBe(1);
    const states = ran.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { state: string }).state);
    expect(states).toEqual(['paused', 'failed']);
  });

  it('without a name needs exactly one to watch', async () => {
    service.on('GET /api/deployments', () => page([deployment({ id: ONE }), deployment({ id: TWO })]));
    expect((await slip(['status', '--watch'])).exit).toBe(2);
    service.on('GET /api/deployments', () => page([]));
    expect(await slip(['status', '--watch'])).toEqual({
      exit: 0,
      out: 'No deployment is active.\n',
      err: '',
    });
  });
});

describe('deployments', () => {
  it('lists the active ones as a table', async () => {
    service.on('GET /api/deployments', () => page([deployment({ id: ONE, state: 'held' })]));
    const ran = await slip(['deployments', '--app', '/product/db']);
    expect(ran.out).toBe(
      'ID        STATE  STEP  APPS         BY    AGE  DESCRIPTION\n' +
        '97c136bf  held   1/1   /product/db  anna  30s  Upgrades /product/db.\n',
    );
    expect(service.seen[0]?.query).toMatchObject({ active: 'true', app: '/product/db' });
  });

  it('lists all as one JSON document', async () => {
    service.on('GET /api/deployments', () => page([deployment({ id: ONE })]));
    const ran = await slip(['deployments', '--all', '--json']);
    expect(JSON.parse(ran.out)).toMatchObject([{ id: ONE }]);
    expect(service.seen[0]?.query.active).toBeUndefined();
  });
});
