import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeEach, describe, expect, test } from 'vitest';
import { OpenapiCheck, type OpenapiDocument } from '../helpers/openapi-check.js';
import { type Served, serve, sharedStore } from './harness.js';
import { deploymentIn, instanceOf, running, tell } from './steps.js';

const store = sharedStore();
let served: Served;

beforeEach(async () => {
  served = await serve(store(), { stopInstances: async () => 2 });
});

async function documentOf({ call }: Served): Promise<OpenapiDocument> {
  return (await call('GET', '/api/openapi.json')).body;
}

/** A path that fits the template. */
function filled(template: string): string {
  return template
    .replace('{command}', 'pause')
    .replace('{file}', 'start.js')
    .replace(/\{\w+\}/g, 'x');
}

describe('the document', () => {
  test('is OpenAPI 3.1', async () => {
    const result = await new Validator().validate({ ...(await documentOf(served)) });
    expect(result).toMatchObject({ valid: true });
  });

  test('names each operation once', async () => {
    const { paths } = await documentOf(served);
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.operationId),
    );
    expect(ids.length).toBeGreaterThan(60);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has the methods of each route, no more and no fewer', async () => {
    const { paths } = await documentOf(served);
    for (const [template, methods] of Object.entries(paths)) {
      const reply = await served.call('OPTIONS', filled(template));
      const allowed = (reply.headers.get('allow') ?? '').toLowerCase().split(', ');
      expect([template, reply.status, allowed.sort()]).toEqual([template, 204, Object.keys(methods).sort()]);
    }
  });

  test('asks for the token where the service does', async () => {
    const guarded = await serve(store(), { token: 't' });
    const open = await served.call('GET', '/api/openapi.json');
    const closed = await guarded.call('GET', '/api/openapi.json', undefined, { authorization: 'Bearer t' });
    expect(open.body.security).toBeUndefined();
    expect(closed.body.security).toEqual([{ bearer: [] }, { basic: [] }]);
    expect(closed.body.paths['/v2/apps'].get.responses['401']).toBeDefined();
  });
});

test('the check finds an answer that is not described', async () => {
  const check = new OpenapiCheck(await documentOf(served));
  const operation = check.operationOf('GET', '/api/deployments?limit=1');
  const answer = { headers: new Headers({ 'content-type': 'application/json' }), text: '{}' };
  if (operation === undefined) throw new Error('the operation is in the document');
  expect(check.problems(operation, { ...answer, status: 200, body: { items: [] } })).toEqual([]);
  expect(check.problems(operation, { ...answer, status: 200, body: { items: [], more: 1 } })).toHaveLength(1);
  expect(check.problems(operation, { ...answer, status: 200, body: {} })).toHaveLength(1);
  expect(check.problems(operation, { ...answer, status: 418, body: {} })).toHaveLength(1);
  expect(
    check.problems(operation, { status: 200, headers: new Headers(), text: 'x', body: undefined }),
  ).toHaveLength(1);
});

/** One request each that succeeds; what `call` answers is compared with the document. */
const RULE = { rrule: 'FREQ=DAILY', durationSeconds: 3600, timeZone: 'UTC' };
const FREEZE = { from: '2030-01-01T00:00:00Z', until: '2030-01-02T00:00:00Z', reason: 'the sale' };
type Fill = Record<string, string>;
type Request = [method: string, path: (fill: Fill) => string, body?: unknown];

const SUCCESSES: Record<string, Request> = {
  listDeployments: ['GET', () => '/api/deployments?state=succeeded&active=false&limit=5'],
  startDeployment: ['POST', () => '/api/deployments', { change: { app: { id: '/new', cmd: 'x' } } }],
  previewDeployment: ['POST', () => '/api/plan', { change: { scale: { id: '/g/web', instances: 3 } } }],
  getDeployment: ['GET', ({ ended }) => `/api/deployments/${ended}`],
  editDeployment: ['PATCH', ({ live }) => `/api/deployments/${live}`, { pauseMode: 'each' }],
  commandDeployment: ['POST', ({ ended }) => `/api/deployments/${ended}/rollback`],
  explainDeployment: ['GET', ({ live }) => `/api/deployments/${live}/explain`],
  listInstancesOfDeployment: ['GET', ({ ended }) => `/api/deployments/${ended}/instances`],
  listInstances: ['GET', () => '/api/instances?app=/g/web'],
  stopInstances: ['POST', () => '/api/instances/stop'],
  getInstance: ['GET', ({ instance }) => `/api/instances/${instance}`],
  getLogs: ['GET', ({ instance }) => `/api/instances/${instance}/logs?tail=3`],
  listDecisions: ['GET', () => '/api/ledger'],
  getHistory: ['GET', () => '/api/apps/g/web/history'],
  exportApp: ['GET', () => '/api/apps/g/web/export?form=kubernetes'],
  listEnvironments: ['GET', () => '/api/environments'],
  getStatus: ['GET', () => '/api/status'],
  listTemplates: ['GET', () => '/api/templates'],
  putTemplate: ['PUT', () => '/api/templates/t', { app: { id: '/t', cmd: 'x' } }],
  getTemplate: ['GET', () => '/api/templates/kept'],
  deleteTemplate: ['DELETE', () => '/api/templates/kept'],
  listFreezes: ['GET', () => '/api/freezes'],
  putFreeze: ['PUT', () => '/api/freezes/f', FREEZE],
  getFreeze: ['GET', () => '/api/freezes/kept'],
  deleteFreeze: ['DELETE', () => '/api/freezes/kept'],
  listWindows: ['GET', () => '/api/windows'],
  putWindow: ['PUT', () => '/api/windows/w', RULE],
  getWindow: ['GET', () => '/api/windows/kept'],
  deleteWindow: ['DELETE', () => '/api/windows/kept'],
  getOpenapi: ['GET', () => '/api/openapi.json'],
  getDocs: ['GET', () => '/api/docs'],
  getDocsFile: ['GET', () => '/api/docs/swagger-ui.css'],
  listApps: ['GET', () => '/v2/apps?embed=tasks&embed=taskStats&embed=readiness&embed=lastTaskFailure'],
  createApp: ['POST', () => '/v2/apps', { id: '/new', cmd: 'x' }],
  putApps: ['PUT', () => '/v2/apps', [{ id: '/g/web', cmd: 'y' }]],
  patchApps: ['PATCH', () => '/v2/apps', [{ id: '/g/web', cmd: 'y' }]],
  restartApp: ['POST', () => '/v2/apps/g/web/restart'],
  listTasksBelow: ['GET', () => '/v2/apps/g/*/tasks'],
  listTasksBelowOfRoot: ['GET', () => '/v2/apps/*/tasks'],
  listAppTasks: ['GET', () => '/v2/apps/g/web/tasks'],
  killAppTasks: ['DELETE', () => '/v2/apps/g/web/tasks?scale=true'],
  killAppTask: ['DELETE', ({ instance }) => `/v2/apps/g/web/tasks/${instance}`],
  listAppVersions: ['GET', () => '/v2/apps/g/web/versions'],
  getAppVersion: ['GET', ({ version }) => `/v2/apps/g/web/versions/${version}`],
  listAppsBelow: ['GET', () => '/v2/apps/g/*'],
  listAppsBelowOfRoot: ['GET', () => '/v2/apps/*'],
  getApp: ['GET', () => '/v2/apps/g/web?embed=app.taskStats'],
  putApp: ['PUT', () => '/v2/apps/g/new', { cmd: 'x' }],
  patchApp: ['PATCH', () => '/v2/apps/g/web', { instances: 3 }],
  deleteApp: ['DELETE', () => '/v2/apps/g/web'],
  listGroupVersions: ['GET', () => '/v2/groups/g/versions'],
  listGroupVersionsOfRoot: ['GET', () => '/v2/groups/versions'],
  getGroupVersion: ['GET', ({ version }) => `/v2/groups/g/versions/${version}`],
  getGroupVersionOfRoot: ['GET', ({ version }) => `/v2/groups/versions/${version}`],
  rollBackGroup: ['PUT', ({ version }) => `/v2/groups/g/versions/${version}`],
  rollBackGroupOfRoot: ['PUT', ({ version }) => `/v2/groups/versions/${version}?force=true`],
  listGroupApps: ['GET', () => '/v2/groups/g/apps'],
  listGroupAppsOfRoot: ['GET', () => '/v2/groups/apps'],
  getGroup: ['GET', () => '/v2/groups/g?embed=group.apps.tasks&embed=group.groups'],
  getGroupOfRoot: ['GET', () => '/v2/groups'],
  createGroup: ['POST', () => '/v2/groups/g', { id: 'sub', apps: [{ id: 'a', cmd: 'x' }] }],
  createGroupOfRoot: ['POST', () => '/v2/groups', { id: '/other' }],
  putGroup: ['PUT', () => '/v2/groups/g?dryRun=true', { scaleBy: 2 }],
  putGroupOfRoot: ['PUT', () => '/v2/groups?force=true', { scaleBy: 2 }],
  enforceRole: ['PATCH', () => '/v2/groups/g', { enforceRole: true }],
  deleteGroup: ['DELETE', () => '/v2/groups/g'],
  deleteGroupOfRoot: ['DELETE', () => '/v2/groups?force=true'],
  listRunningDeployments: ['GET', () => '/v2/deployments'],
  getRunningDeployment: ['GET', ({ live }) => `/v2/deployments/${live}`],
  deleteDeployment: ['DELETE', ({ live }) => `/v2/deployments/${live}`],
  listTasks: ['GET', () => '/v2/tasks?status=running'],
  killTasks: ['POST', () => '/v2/tasks/delete', { ids: [] }],
  listQueue: ['GET', () => '/v2/queue'],
  resetDelay: ['DELETE', () => '/v2/queue/g/web/delay'],
  getInfo: ['GET', () => '/v2/info'],
  getLeader: ['GET', () => '/v2/leader'],
  abdicate: ['DELETE', () => '/v2/leader'],
  getStart: ['GET', () => '/'],
  ping: ['GET', () => '/ping'],
  getMetrics: ['GET', () => '/metrics'],
  getPrometheus: ['GET', () => '/metrics/prometheus'],
};

/** Never end by themselves (test/api/events.test.ts). */
const STREAMS = ['streamEvents', 'streamMarathonEvents'];
/** Only a group below the root has a role (Marathon 1.11). */
const NEVER_SUCCEEDS = ['enforceRoleOfRoot'];
/** There is nothing that a caller could do wrong with them. */
const NEVER_REFUSES = new RegExp(
  `^(${[
    'list(Environments|Templates|Freezes|Windows|RunningDeployments|Queue|Tasks|AppsBelow|TasksBelow)',
    'list(AppsBelow|TasksBelow|GroupVersions|GroupApps)OfRoot|getGroupOfRoot',
    'get(Status|Openapi|Docs|DocsFile|Info|Leader|Start|Metrics|Prometheus)|abdicate|ping',
  ].join('|')})$`,
);

/** An app that runs, one that is on its way, something in the queue and in the calendar. */
async function filledService(): Promise<Fill> {
  const version = await running(served, { id: '/g/web', instances: 1 });
  const instance = instanceOf('/g/web', version);
  const waiting = {
    app: '/g/web',
    version,
    count: 1,
    since: version,
    reason: 'backoff' as const,
    description: 'waits',
    missing: [],
  };
  await tell(served, [instance], [waiting]);
  const ended = (await served.call('GET', '/api/deployments')).body.items[0].id;
  const live = deploymentIn(await served.call('POST', '/v2/apps', { id: '/live', cmd: 'x' }));
  await served.call('PUT', '/api/templates/kept', { app: { id: '/t', cmd: 'x' } });
  await served.call('PUT', '/api/freezes/kept', { ...FREEZE, apps: ['/elsewhere'] });
  await served.call('PUT', '/api/windows/kept', RULE);
  return { version, instance: instance.id, ended, live };
}

describe('every operation', () => {
  test('has a request here', async () => {
    const { paths } = await documentOf(served);
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.operationId),
    );
    expect([...Object.keys(SUCCESSES), ...STREAMS, ...NEVER_SUCCEEDS].sort()).toEqual(ids.sort());
  });

  test.each(Object.entries(SUCCESSES))(
    '%s succeeds as the document says',
    async (id, [method, path, body]) => {
      const fill = await filledService();
      const check = new OpenapiCheck(await documentOf(served));
      expect(check.operationOf(method, path(fill))?.operationId).toBe(id);
      const reply = await served.call(method, path(fill), body);
      expect([reply.status, reply.text]).toEqual([
        expect.toSatisfy((status: number) => status < 300),
        reply.text,
      ]);
    },
  );

  const refusable = Object.entries(SUCCESSES).filter(([id]) => !NEVER_REFUSES.test(id));
  test.each(refusable)('%s refuses as the document says', async (_id, [method, path, body]) => {
    const { call } = await serve(store());
    const url = path({ version: 'never', instance: 'none', ended: 'none', live: 'none' });
    const wrong = body === undefined ? undefined : '{"broken"';
    const [at, query = ''] = url.split('?');
    const nonsense = 'limit=x&force=x&scale=x&wipe=x&label=((&since=x&stream=x&tail=x';
    const reply = await call(method, `${at}?${nonsense}&${query}`, wrong);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
  });
});

test('enforceRoleOfRoot is refused as the document says', async () => {
  expect((await served.call('PATCH', '/v2/groups', { enforceRole: true })).status).toBe(422);
});

describe('the page', () => {
  test('loads nothing but what the service has, and runs nothing that is written into it', async () => {
    const page = await served.call('GET', '/api/docs');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    const links = [...page.text.matchAll(/(?:src|href|data-document)="([^"]*)"/g)].map(
      ([, link = '']) => link,
    );
    const own = links.filter((link) => link !== 'data:,');
    expect(own.length).toBeGreaterThanOrEqual(4);
    for (const link of own) {
      expect(link).toMatch(/^\/api\//);
      expect((await served.call('GET', link)).status).toBe(200);
    }
    expect(page.text).not.toMatch(/<script>|<style>|style=|\son\w+=/);
  });

  test('is reached below the name of the environment too', async () => {
    const prefix = `/environments/${served.environment}`;
    const page = await served.call('GET', `${prefix}/api/docs`);
    expect(page.text).toContain(`data-document="${prefix}/api/openapi.json"`);
    expect((await served.call('GET', `${prefix}/api/docs/start.js`)).status).toBe(200);
  });
});

test('docs/api.md has every route of the document', async () => {
  const { paths } = await documentOf(served);
  const wanted = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
    ),
  );
  const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+) (\S+)` \| `(\w+)` \|/gm)];
  expect(rows.map(([, method, path, id]) => `${method} ${path} ${id}`).sort()).toEqual(wanted.sort());
});
