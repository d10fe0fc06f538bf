import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, FakeService, page, slipway } from './harness.js';

const ID = '97c136bf-5a28-4821-9d94-480d9fbb01c8';
const kept = {
  name: 'web',
  app: { id: '/{{team}}/web' },
  description: 'a server',
  parameters: ['team'],
  updatedAt: '2026-01-01T12:00:00.000Z',
  by: 'olga',
};
let service: FakeService;

beforeEach(async () => {
  service = new FakeService();
  await service.start();
});
afterEach(() => service.stop());

const run = (argv: string[], stdin = '') =>
  slipway(['--api', service.url, ...argv], { stdin, now: '2026-01-01T12:05:00.000Z' });

describe('templates', () => {
  it.each([[['templates']], [['templates', 'list']]])('%j lists them', async (argv) => {
    service.on('GET /api/templates', () => page([kept]));
    expect(await run(argv)).toEqual({
      exit: 0,
      out: 'NAME  PARAMETERS  AGE  BY    DESCRIPTION\nweb   team        5m   olga  a server\n',
      err: '',
    });
  });

  it('says so where there is none', async () => {
    service.on('GET /api/templates', () => page([]));
    expect((await run(['templates'])).out).toBe('There is no template.\n');
  });

  it('shows and forgets one', async () => {
    service.on('GET /api/templates/web', () => ({ body: kept }));
    service.on('DELETE /api/templates/web', () => ({ text: '' }));
    expect(JSON.parse((await run(['templates', 'show', 'web'])).out)).toEqual(kept);
    expect((await run(['templates', 'delete', 'web'])).out).toBe('template web forgotten\n');
  });

  it.each([
    ['an app in JSON', '{"id": "/{{team}}/web"}', [], { app: { id: '/{{team}}/web' } }],
    [
      'an app in YAML',
      'id: "/{{team}}/web"',
      ['--description', 'd'],
      { app: { id: '/{{team}}/web' }, description: 'd' },
    ],
    [
      'with its description',
      '{"app": {"id": "/a"}, "description": "d"}',
      [],
      { app: { id: '/a' }, description: 'd' },
    ],
  ])('keeps %s', async (_what, text, flags, body) => {
    service.on('PUT /api/templates/web', () => ({ status: 201, body: kept }));
    const ran = await run(['templates', 'put', 'web', '-f', '-', ...flags], text);
    expect(ran).toEqual({ exit: 0, out: 'template web kept: team\n', err: '' });
    expect(service.seen[0]?.body).toEqual(body);
  });

  it('applies one with parameters; their values are texts, and may have = in them', async () => {
    service.on('POST /api/deployments', () => ({ status: 201, body: deployment({ id: ID }) }));
    const ran = await run(['templates', 'apply', 'web', 'team=shop', 'args=a=b', '--pause-mode', 'first']);
    expect(ran.exit).toBe(0);
    expect(service.seen[0]?.body).toMatchObject({
      change: { template: { name: 'web', parameters: { team: 'shop', args: 'a=b' } } },
      pauseMode: 'first',
    });
  });

  it.each([
    [['templates', 'apply', 'web', 'team'], '', /write name=value/],
    [['templates', 'put', 'web', '-f', '-'], 'id: [', /neither JSON nor YAML.* line 1/],
    [['templates', 'put', 'web', '-f', '-'], '[]', /one app/],
  ])('%j with %j is a wrong command line', async (argv, stdin, message) => {
    const ran = await run(argv, stdin);
    expect([ran.exit, service.seen]).toEqual([2, []]);
    expect(ran.err).toMatch(message);
  });
});

describe('export', () => {
  const exported = {
    form: 'kubernetes',
    text: 'kind: Deployment\n',
    notCarriedOver: [{ path: '/dependencies', why: 'objects do not depend on each other' }],
  };

  it('writes the file to stdout, and what it cannot say to stderr', async () => {
    service.on('GET /api/apps/product/db/export', () => ({ body: exported }));
    expect(await run(['export', 'product/db', '--form', 'kubernetes'])).toEqual({
      exit: 0,
      out: 'kind: Deployment\n',
      err: 'not carried over: /dependencies: objects do not depend on each other\n',
    });
    expect(service.seen[0]?.query).toEqual({ form: 'kubernetes' });
    expect(JSON.parse((await run(['--json', 'export', '/product/db'])).out)).toEqual(exported);
  });

  it('knows three forms', async () => {
    const ran = await run(['export', 'web', '--form', 'nomad']);
    expect(ran.exit).toBe(2);
    expect(ran.err).toMatch(/marathon, kubernetes, bcs/);
  });
});

describe('apply', () => {
  it('says what of a file was not carried over', async () => {
    const body = {
      ...deployment({ id: ID }),
      notCarriedOver: [{ path: '/spec/selector', why: 'it has an id' }],
    };
    service.on('POST /api/deployments', () => ({ status: 201, body }));
    const ran = await run(['apply', '-f', '-'], 'kind: Deployment');
    expect(ran.out).toBe(
      `deployment ${ID} accepted: /product/db\nnot carried over: /spec/selector: it has an id\n`,
    );
  });
});
