import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeService, instance, page, slipway } from './harness.js';

const NOW = '2026-01-01T12:05:00.000Z';
const A = 'web.instance-0f3b0f35-8a3c-4e52-b2a7-0f0f0f0f0f0f._app.1';
const B = 'web.instance-1f3b0f35-8a3c-4e52-b2a7-0f0f0f0f0f0f._app.1';
let service: FakeService;

beforeEach(async () => {
  service = new FakeService();
  await service.start();
  service.on('GET /api/instances', () =>
    page([
      instance({ id: B, ready: false, ports: [], message: 'its check has not passed yet' }),
      instance({ id: A, stagedAt: '2026-01-01T11:00:00.000Z' }),
      instance({ id: 'web.gone', state: 'failed' }),
    ]),
  );
});
afterEach(() => service.stop());

const slip = (argv: string[], around = {}) =>
  slipway(['--api', service.url, ...argv], { now: NOW, ...around });

describe('ps', () => {
  it('shows those that live, oldest first, aligned', async () => {
    const ran = await slip(['ps', 'web']);
    expect(ran.out).toBe(
      `${[
        `ID${' '.repeat(A.length)}APP   VERSION                   STATE    READY  ADDRESS          AGE  MESSAGE`,
        `${A}  /web  2026-01-01T12:00:00.000Z  running  yes    127.0.0.1:31000  5m`,
        `${B}  /web  2026-01-01T12:00:00.000Z  running  no     127.0.0.1        5m   its check has not passed yet`,
      ].join('\n')}\n`,
    );
    expect(service.seen[0]?.query).toMatchObject({ app: '/web' });
  });

  it('shows stateful apps in the order of their ordinals', async () => {
    service.on('GET /api/instances', () =>
      page([
        instance({ id: 'b', ordinal: 1, stagedAt: '2026-01-01T11:00:00.000Z' }),
        instance({ id: 'c', app: '/other' }),
        instance({ id: 'a', ordinal: 0 }),
      ]),
    );
    const rows = (await slip(['ps'])).out.trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ +/).slice(0, 3).join(' '))).toEqual([
      'ID APP ORDINAL',
      'c /other -',
      'a /web 0',
      'b /web 1',
    ]);
  });

  it('asks again where an answer breaks off', async () => {
    const answers = [{ cut: '{"items":[' }, page([instance({ id: A })])];
    service.on('GET /api/instances', () => answers.shift() ?? page([]));
    expect(JSON.parse((await slip(['ps', '--json'])).out)).toMatchObject([{ id: A }]);
  });

  it('says where something else answers', async () => {
    service.on('GET /api/instances', () => ({ text: '<html>' }));
    const ran = await slip(['ps']);
    expect(ran).toMatchObject({
      exit: 1,
      err: `What answers at ${service.url} is not Slipway: it sent no JSON.\n`,
    });
  });

  it('shows ended ones with --all, and JSON as a list', async () => {
    const ran = await slip(['ps', '--all', '--json']);
    expect(JSON.parse(ran.out)).toHaveLength(3);
    expect(service.seen[0]?.query.app).toBeUndefined();
  });
});

describe('logs', () => {
  beforeEach(() => {
    service.on(`GET /api/instances/${A}/logs`, () => ({ text: 'one\ntwo €\n' }));
    service.on(`GET /api/instances/${B}/logs`, () => ({ text: 'three' }));
  });

  it('shows those of an instance as they are', async () => {
    const ran = await slip(['logs', A, '--tail', '2', '--stderr']);
    expect(ran).toEqual({ exit: 0, out: 'one\ntwo €\n', err: '' });
    expect(service.seen[0]?.query).toEqual({ stream: 'stderr', tail: '2' });
  });

  it('says of each line of an app whose it is', async () => {
    expect((await slip(['logs', 'web'])).out).toBe('1f3b0f35 three\n0f3b0f35 one\n0f3b0f35 two €\n');
    const followed = await slip(['logs', '-f', 'web', '--json']);
    expect(followed.out).toContain(`{"instance":"${B}","stream":"stdout","line":"three"}\n`);
  });

  it('shows what came before the connection broke, and ends with 3', async () => {
    service.on(`GET /api/instances/${A}/logs`, () => ({ cut: 'one\ntw' }));
    const ran = await slip(['logs', '-f', A]);
    expect(ran).toMatchObject({ exit: 3, out: 'one\n' });
    expect(ran.err).toContain(`The connection to ${service.url} broke`);
  });

  it('fails where nothing of the app runs', async () => {
    service.on('GET /api/instances', () => page([]));
    expect(await slip(['logs', 'web'])).toEqual({ exit: 1, out: '', err: 'No instance of /web runs.\n' });
  });
});
