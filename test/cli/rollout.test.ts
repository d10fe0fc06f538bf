import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployment, FakeService, page, slipway } from './harness.js';

const ONE = '97c136bf-5a28-4821-9d94-480d9fbb01c8';
let service: FakeService;

beforeEach(async () => {
  service = new FakeService();
  await service.start();
  service.on('GET /api/deployments', () => page([deployment({ id: ONE, affectedApps: ['/web'] })]));
  service.on('GET /api/apps/web/history', () => page([revision(3), revision(2), revision(1)]));
  service.on('POST /api/deployments', () => ({ status: 201, body: deployment({ id: ONE }) }));
});
afterEach(() => service.stop());

const slip = (...argv: string[]) => slipway(['--api', service.url, 'rollout', ...argv], {});
const revision = (number: number) => ({
  revision: number,
  version: `2026-01-0${number}T00:00:00.000Z`,
  at: `2026-01-0${number}T00:00:00.000Z`,
  by: 'ana',
  reason: '',
  deployment: ONE,
});
const changes = () =>
  service.of('POST /api/deployments').map(({ body }) => (body as { change: unknown }).change);

it.each(['web', '/web', 'deployment/web', 'app/web'])(
  'undo of %s goes back to the revision before',
  async (name) => {
    expect(await slip('undo', name)).toMatchObject({ exit: 0 });
    expect(changes()).toEqual([{ rollback: { id: '/web', revision: 2 } }]);
  },
);

it('undo goes to the revision that is named', async () => {
  expect(await slip('undo', 'web', '--to-revision', '1')).toMatchObject({ exit: 0 });
  expect(changes()).toEqual([{ rollback: { id: '/web', revision: 1 } }]);
});

it('undo of an app with one revision fails and says so', async () => {
  service.on('GET /api/apps/web/history', () => page([revision(1)]));
  const ran = await slip('undo', 'web');
  expect(ran.exit).toBe(1);
  expect(ran.err).toContain('/web has no revision before the present one');
});

it('restart, pause and resume take the name of an app', async () => {
  for (const command of ['pause', 'resume']) {
    service.on(`POST /api/deployments/${ONE}/${command}`, () => ({ body: deployment({ id: ONE }) }));
    expect(await slip(command, 'deployment/web')).toMatchObject({ exit: 0 });
    expect(service.of(`POST /api/deployments/${ONE}/${command}`)).toHaveLength(1);
  }
  expect(await slip('restart', 'web')).toMatchObject({ exit: 0 });
  expect(changes()).toEqual([{ restart: { id: '/web' } }]);
});

it('history lists the revisions', async () => {
  const ran = await slip('history', 'web');
  expect(ran.out).toMatch(/^REVISION[\s\S]*\n3 [\s\S]*\n1 /);
});
