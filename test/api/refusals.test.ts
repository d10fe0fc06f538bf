import { beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve, sharedStore } from './harness.js';
import { running, storedIn } from './steps.js';

const store = sharedStore();
let served: Served;

beforeEach(async () => {
  served = await serve(store());
  await running(served, { id: '/there/web', instances: 1 });
});

interface Refusal {
  what: string;
  method?: string;
  path?: string;
  body: unknown;
  status: number;
  message?: string;
  details?: [path: string, error: RegExp];
}

const invalid = { status: 422, message: 'Object is not valid' };
const wrongType = { status: 422, message: 'Invalid JSON' };
const app = { id: '/new', cmd: 'x' };
const check = { protocol: 'HTTP', path: '/' };

const REFUSALS: Refusal[] = [
  { what: 'an id that is a number', body: { ...app, id: 7 }, ...wrongType, details: ['/id', /jsstring/] },
  { what: 'cpus as text', body: { ...app, cpus: 'many' }, ...wrongType, details: ['/cpus', /jsnumber/] },
  { what: 'instances 0.1', body: { ...app, instances: 0.1 }, status: 422, details: ['/instances', /./] },
  { what: 'negative memory', body: { ...app, mem: -1 }, ...invalid, details: ['/mem', /-1/] },
  {
    what: 'instances 1e9',
    body: { ...app, instances: 1e9 },
    ...invalid,
    details: ['/instances', /1000000000/],
  },
  {
    what: 'an unknown field',
    body: { ...app, instnces: 3 },
    ...invalid,
    details: ['/instnces', /did you mean 'instances'/],
  },
  {
    what: 'an id in upper case',
    body: { ...app, id: '/New' },
    ...invalid,
    details: ['/id', /regular expression/],
  },
  {
    what: 'an id that ends in restart',
    body: { ...app, id: '/a/restart' },
    ...invalid,
    details: ['/id', /reserved/],
  },
  { what: 'no id', body: { cmd: 'x' }, ...wrongType, details: ['/id', /missing/] },
  { what: 'a list', body: [app], ...wrongType },
  {
    what: 'nothing to run',
    body: { id: '/new' },
    ...invalid,
    details: ['/', /either contain one of 'cmd' or 'args'/],
  },
  {
    what: 'a port index that is not there',
    body: { ...app, portDefinitions: [], healthChecks: [{ ...check, portIndex: 3 }] },
    ...invalid,
    details: [expect.any(String) as unknown as string, /port indices/],
  },
  {
    what: 'an app that is there',
    body: { ...app, id: '/there/web' },
    status: 409,
    message: 'An app with id [/there/web] already exists.',
  },
  {
    what: 'PATCH of no app',
    method: 'PATCH',
    path: '/v2/apps/none',
    body: { cmd: 'y' },
    status: 404,
    message: "App '/none' does not exist",
  },
  {
    what: 'PATCH of many, one of them none',
    method: 'PATCH',
    path: '/v2/apps',
    body: [{ id: '/there/web', cmd: 'y' }, { id: '/none' }],
    status: 404,
  },
  { what: 'PUT in upper case', method: 'PUT', path: '/v2/apps/Upper', body: { cmd: 'y' }, status: 422 },
  {
    what: 'a version that is no time',
    method: 'PUT',
    path: '/v2/apps/there/web',
    body: { version: 'yesterday' },
    status: 422,
    message: "Invalid timestamp provided 'yesterday'. Expecting ISO-8601 datetime string.",
  },
  {
    what: 'a version that never was',
    method: 'PUT',
    path: '/v2/apps/there/web',
    body: { version: '2001-01-01T00:00:00.000Z' },
    status: 404,
    message: "App '/there/web' does not exist in version 2001-01-01T00:00:00.000Z",
  },
  {
    what: 'restart of no app',
    method: 'POST',
    path: '/v2/apps/none/restart',
    body: undefined,
    status: 404,
    message: "App '/none' does not exist",
  },
  {
    what: 'removal of no app',
    method: 'DELETE',
    path: '/v2/apps/none',
    body: undefined,
    status: 404,
    message: "App '/none' does not exist",
  },
  { what: 'force that is neither', path: '/v2/apps?force=maybe', body: app, status: 400 },
  {
    what: 'scale and wipe',
    method: 'DELETE',
    path: '/v2/apps/there/web/tasks?scale=true&wipe=true',
    body: undefined,
    status: 400,
    message: 'You cannot use scale and wipe at the same time.',
  },
  {
    what: 'a task that is none',
    method: 'DELETE',
    path: '/v2/apps/there/web/tasks/t1?scale=true',
    body: undefined,
    status: 404,
    message: "Task 't1' does not exist",
  },
  { what: 'a task id that is none', path: '/v2/tasks/delete', body: { ids: ['?'] }, status: 400 },
  { what: 'ids that are no list', path: '/v2/tasks/delete', body: { ids: 'x' }, status: 422 },
  {
    what: 'a cycle',
    path: '/v2/groups',
    body: {
      id: '/ring',
      apps: [
        { id: 'a', cmd: 'x', dependencies: ['b'] },
        { id: 'b', cmd: 'x', dependencies: ['a'] },
      ],
    },
    status: 422,
    details: [expect.any(String) as unknown as string, /cyclic dependencies/],
  },
  {
    what: 'a group that is there',
    path: '/v2/groups',
    body: { id: '/there' },
    status: 409,
    message: 'Group /there is already created. Use PUT to change this group.',
  },
  {
    what: 'a group where an app is',
    path: '/v2/groups',
    body: { id: '/there/web' },
    status: 409,
    message: 'An app with the path /there/web already exists.',
  },
  {
    what: 'an app that is not below its group',
    path: '/v2/groups//foo',
    body: { id: 'sub', apps: [{ id: 'lol/bibi', cmd: 'x' }] },
    ...invalid,
    details: ['/apps(0)/id', /Identifier is not child of '\/foo\/sub'/],
  },
  {
    what: 'a group and a factor',
    method: 'PUT',
    path: '/v2/groups/there',
    body: { scaleBy: 2, apps: [] },
    status: 422,
  },
  {
    what: 'a version the group never had',
    method: 'PUT',
    path: '/v2/groups/there',
    body: { version: '2001-01-01T00:00:00.000Z' },
    status: 422,
  },
  {
    what: 'removal of no group',
    method: 'DELETE',
    path: '/v2/groups/none',
    body: undefined,
    status: 404,
    message: "Group '/none' does not exist",
  },
  {
    what: 'enforceRole below the top',
    method: 'PATCH',
    path: '/v2/groups/there/web',
    body: { enforceRole: true },
    status: 404,
  },
  {
    what: 'a change of nothing',
    path: '/api/deployments',
    body: { change: {} },
    status: 422,
    details: ['/change', /exactly one/],
  },
  {
    what: 'two changes',
    path: '/api/deployments',
    body: { change: { app, restart: { id: '/there/web' } } },
    status: 422,
    details: ['/change', /app and restart/],
  },
  { what: 'no change', path: '/api/deployments', body: {}, status: 422, details: ['/change', /missing/] },
  {
    what: 'an unknown option',
    path: '/api/deployments',
    body: { change: { app }, pausMode: 'each' },
    status: 422,
    details: ['/pausMode', /did you mean 'pauseMode'/],
  },
  {
    what: 'a pause mode that is none',
    path: '/api/deployments',
    body: { change: { app }, pauseMode: 'often' },
    status: 422,
    details: ['/pauseMode', /none, first, each/],
  },
  {
    what: 'a strategy that is none',
    path: '/api/deployments',
    body: { change: { app }, strategy: { type: 'magic' } },
    status: 422,
  },
  {
    what: 'a manifest of no known form',
    path: '/api/deployments',
    body: { change: { manifest: 'hello' } },
    status: 422,
    details: ['/change/manifest', /Marathon app or group/],
  },
  {
    what: 'a factor for an app',
    path: '/api/deployments',
    body: { change: { scale: { id: '/there/web', factor: 2 } } },
    status: 422,
    details: ['/change/scale/id', /is an app/],
  },
  {
    what: 'a revision that is not there',
    path: '/api/deployments',
    body: { change: { rollback: { id: '/there/web', revision: 9 } } },
    status: 404,
  },
  {
    what: 'removal of nothing',
    path: '/api/deployments',
    body: { change: { delete: { id: '/none' } } },
    status: 404,
  },
];

describe('what is refused', () => {
  test.each(REFUSALS)('$what: $status, and nothing is stored', async (refusal) => {
    const { method = 'POST', path = '/v2/apps', body, status, message, details } = refusal;
    const before = await storedIn(served);
    const reply = await served.call(method, path, body);
    expect([reply.status, reply.text]).toEqual([status, expect.any(String)]);
    expect(reply.body.message).toEqual(message ?? expect.any(String));
    if (details !== undefined)
      expect(reply.body.details).toContainEqual({
        path: details[0],
        errors: expect.arrayContaining([expect.stringMatching(details[1])]),
      });
    expect(reply.headers.get('marathon-deployment-id')).toBeNull();
    expect(await storedIn(served)).toEqual(before);
    expect(served.accepted).toHaveLength(1);
    expect(served.ports.kills).toEqual([]);
    expect(served.ports.errors).toEqual([]);
  });

  test('an id with .. is resolved, and never leads out of the root', async () => {
    const reply = await served.call('POST', '/v2/apps', { ...app, id: '/a/../../../b' });
    expect([reply.status, reply.body.id]).toEqual([201, '/b']);
  });

  test('/api names the code as well', async () => {
    const reply = await served.call('POST', '/api/deployments', { change: {} });
    expect(Object.keys(reply.body)).toEqual(['message', 'code', 'details']);
    expect(reply.body.code).toBe('invalid');
  });

  test('too many deployments are 403 with the text of Marathon', async () => {
    const few = await serve(store(), { maxDeployments: 1 });
    expect((await few.call('POST', '/v2/apps', { id: 'a', cmd: 'x' })).status).toBe(201);
    const reply = await few.call('POST', '/v2/apps', { id: 'b', cmd: 'x' });
    expect(reply.status).toBe(403);
    expect(reply.body.message).toMatch(/^Max number \(1\) of running deployments is achieved\./);
  });
});
