import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Exposition } from '../helpers/exposition.js';
import { serve, sharedStore } from './harness.js';

const store = sharedStore();

describe('authorization', () => {
  const token = 'a-secret-token';
  const basic = (user: string, password: string) =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  test.each([
    ['nothing', undefined, 401],
    ['a wrong bearer', 'Bearer a-secret-tokem', 401],
    ['a prefix of it', 'Bearer a-secret', 401],
    ['an empty one', 'Bearer ', 401],
    ['another scheme', `Digest ${token}`, 401],
    ['the bearer', `Bearer ${token}`, 200],
    ['the scheme in lower case', `bearer ${token}`, 200],
    ['a basic password', basic('olga', token), 200],
    ['a basic password without a user', basic('', token), 200],
    ['the token as the user', basic(token, ''), 401],
  ])('with %s', async (_what, authorization, status) => {
    const { call } = await serve(store(), { token });
    const reply = await call(
      'GET',
      '/v2/apps',
      undefined,
      authorization === undefined ? {} : { authorization },
    );
    expect(reply.status).toBe(status);
    if (status === 401) expect(reply.headers.get('www-authenticate')).toContain('Basic realm="slipway"');
  });

  test('is not asked of /ping, and nothing but the path decides that', async () => {
    const { call } = await serve(store(), { token });
    expect((await call('GET', '/ping')).status).toBe(200);
    expect((await call('GET', '/v2/ping')).status).toBe(401);
    expect((await call('GET', '/api/status')).status).toBe(401);
    expect((await call('GET', '/metrics')).status).toBe(401);
    expect((await call('POST', '/v2/apps', { id: 'a', cmd: 'x' })).status).toBe(401);
  });

  test('is in no answer and no log', async () => {
    const { call, ports } = await serve(store(), { token });
    const reply = await call('GET', '/v2/apps', undefined, { authorization: `Bearer ${token}x` });
    expect(reply.text).not.toContain(token);
    expect(JSON.stringify(ports.errors)).not.toContain(token);
  });
});

describe('pages of other sites', () => {
  test.each([
    ['evil.example', 403],
    ['evil.example:80', 403],
    ['localhost', 200],
    ['LOCALHOST:8080', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:8080', 200],
  ])('the Host %s is answered with %i', async (host, status) => {
    const { url } = await serve(store());
    expect(await withHost(url, host)).toBe(status);
  });

  test('any Host is good with a token: then it runs behind a proxy', async () => {
    const { url } = await serve(store(), { token: 't' });
    expect(await withHost(url, 'slipway.example', { authorization: 'Bearer t' })).toBe(200);
  });

  test.each([['http://evil.example'], ['null'], ['https://localhost']])(
    'a write from %s is refused',
    async (origin) => {
      const { call, accepted } = await serve(store());
      const reply = await call('POST', '/v2/apps', { id: 'a', cmd: 'x' }, { origin });
      expect(reply.status).toBe(403);
      expect(accepted).toEqual([]);
      expect((await call('GET', '/v2/apps', undefined, { origin })).status).toBe(200);
    },
  );

  test('a write from our own page is taken', async () => {
    const { call, url } = await serve(store());
    expect((await call('POST', '/v2/apps', { id: 'a', cmd: 'x' }, { origin: url })).status).toBe(201);
  });
});

function withHost(url: string, host: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = rawRequest(`${url}/v2/apps`, { headers: { ...headers, host } }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on('error', reject).end();
  });
}

describe('headers', () => {
  test('are those of Marathon, on answers and on errors', async () => {
    const { call, url } = await serve(store());
    for (const path of ['/v2/apps', '/v2/nothing', '/ping']) {
      const { headers } = await call('GET', path);
      expect(headers.get('x-marathon-leader')).toBe(url);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-xss-protection')).toBe('1; mode=block');
      expect(headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate');
      expect(headers.get('pragma')).toBe('no-cache');
      expect(headers.get('expires')).toBe('0');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  test('large answers are packed for those who take it, elsewhere', async () => {
    const { call } = await serve(store());
    const cmd = 'x'.repeat(5_000);
    await call('POST', '/v2/apps', { id: 'large', cmd });
    const asked = (encoding: string, by: Record<string, string>) =>
      call('GET', '/v2/apps', undefined, { 'accept-encoding': encoding, ...by });
    const proxy = { 'x-forwarded-for': '192.0.2.1' };
    const packed = await asked('gzip', proxy);
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.body.apps[0].cmd).toBe(cmd);
    for (const plain of [await asked('identity', proxy), await asked('gzip', {})]) {
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(plain.body.apps[0].cmd).toBe(cmd);
    }
  });
});

describe('routes', () => {
  test.each([
    ['/nothing', false],
    ['/v2', false],
    ['/v2/nothing', false],
    ['/v2/eventSubscriptions', false],
    ['/api/nothing', true],
    ['/api/apps/x', true],
  ])('%s is 404 with a message', async (path, native) => {
    const { call } = await serve(store());
    const { status, body } = await call('GET', path);
    expect(status).toBe(404);
    expect(body.message).toEqual(expect.any(String));
    expect(Object.keys(body)).toEqual(native ? ['message', 'code'] : ['message']);
  });

  test.each([
    ['DELETE', '/v2/apps', 'GET, POST, PUT, PATCH'],
    ['PUT', '/v2/apps/a/restart', 'POST'],
    ['POST', '/v2/info', 'GET'],
    ['DELETE', '/api/deployments', 'GET, POST'],
    ['POST', '/ping', 'GET'],
  ])('%s %s is 405 and says what is possible', async (method, path, allow) => {
    const { call } = await serve(store());
    const { status, headers, body } = await call(method, path);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    expect(body.message).toContain(method);
  });

  test('HEAD is answered like GET, without a body', async () => {
    const { call } = await serve(store());
    const { status, text } = await call('HEAD', '/v2/apps');
    expect([status, text]).toEqual([200, '']);
  });

  test('the prefix of the environment is taken, another environment is unknown', async () => {
    const { call, environment } = await serve(store());
    expect((await call('GET', `/environments/${environment}/v2/apps`)).status).toBe(200);
    expect((await call('GET', `/environments/${environment}/api/status`)).body.environment).toBe(environment);
    const other = await call('GET', '/environments/elsewhere/api/status');
    expect(other.status).toBe(404);
    expect(other.body).toEqual({
      message: `There is no environment 'elsewhere' here; this server shows '${environment}'.`,
      code: 'not_found',
    });
  });

  test('a path that is not percent-encoded is 400', async () => {
    const { call } = await serve(store());
    expect((await call('GET', '/v2/apps/%zz')).status).toBe(400);
  });

  test.each([
    ['slashes', `/v2/apps${'/'.repeat(12_000)}x/`],
    ['segments', `/v2/apps/${'a/'.repeat(6_000)}versions/x/y`],
    ['a label selector', `/v2/apps?label=${','.repeat(12_000)}`],
  ])('thousands of %s take no time', async (_what, path) => {
    const { call } = await serve(store());
    const began = process.cpuUsage();
    expect((await call('GET', path)).status).toBeGreaterThanOrEqual(400);
    const { user } = process.cpuUsage(began);
    expect(user / 1000).toBeLessThan(1_000);
  });

  test('/ shows links, to programs and to browsers', async () => {
    const { call } = await serve(store());
    expect((await call('GET', '/', undefined, { accept: 'application/json' })).body.name).toBe('slipway');
    const page = await call('GET', '/', undefined, { accept: 'text/html' });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('href="/v2/apps"');
  });
});

describe('/ping, /v2/info, /v2/leader, /metrics', () => {
  test.each([
    ['text/plain', 200, 'pong'],
    ['text/html', 200, 'pong'],
    ['*/*', 200, 'pong'],
    ['application/json', 200, '"pong"'],
    ['image/png', 204, ''],
  ])('ping with Accept %s', async (accept, status, text) => {
    const { call } = await serve(store());
    const reply = await call('GET', '/ping', undefined, { accept });
    expect([reply.status, reply.text]).toEqual([status, text]);
  });

  test('info has the three objects that the Python client needs, and no secrets', async () => {
    const { call, url } = await serve(store(), { token: 'do-not-tell' });
    const { body, text } = await call('GET', '/v2/info', undefined, { authorization: 'Bearer do-not-tell' });
    expect(body).toMatchObject({
      name: 'marathon',
      version: '9.9.9',
      elected: true,
      leader: new URL(url).host,
    });
    expect(body.http_config.http_port).toBe(Number(new URL(url).port));
    expect(body.marathon_config).toEqual(expect.any(Object));
    expect(body.zookeeper_config).toEqual(expect.any(Object));
    expect(body.frameworkId).toEqual(expect.any(String));
    expect(text).not.toContain('do-not-tell');
  });

  test('the leader is this server', async () => {
    const { call, url } = await serve(store());
    expect((await call('GET', '/v2/leader')).body).toEqual({ leader: new URL(url).host });
  });

  test('the gauge of apps grows with an app, in both forms', async () => {
    const { call, environment } = await serve(store());
    const gauge = async () => (await call('GET', '/metrics')).body.gauges['marathon.apps.active.gauge'].value;
    expect(await gauge()).toBe(0);
    await call('POST', '/v2/apps', { id: 'a', cmd: 'x' });
    expect(await gauge()).toBe(1);
    const { text } = await call('GET', '/metrics/prometheus');
    expect(text).toContain(`slipway_apps{environment="${environment}"} 1\n`);
    expect(text).toContain(`slipway_deployments_active{environment="${environment}"} 1\n`);
    expect(text).toMatch(/slipway_http_requests_total\{method="POST",route="\/v2\/apps",status="201"\} 1/);
  });

  test('requests are counted by the template of their route: no id, and nothing that a client made up', async () => {
    const { call, environment } = await serve(store());
    await call('POST', '/v2/apps', { id: '/shop/db', cmd: 'x' });
    for (const path of ['/v2/apps/shop/db', '/v2/apps//shop/db/versions', '/v2/apps/made/up', '/made-up'])
      await call('GET', path);
    await call('GET', `/environments/${environment}/api/apps/shop/db/history`);
    await call('PUT', '/v2/deployments');
    const shown = new Exposition((await call('GET', '/metrics/prometheus')).text);
    const count = (method: string, route: string, status: string) =>
      shown.value('slipway_http_requests_total', { method, route, status });
    expect(count('GET', '/v2/apps/{id}', '200')).toBe(1);
    expect(count('GET', '/v2/apps/{id}', '404')).toBe(1);
    expect(count('GET', '/v2/apps/{id}/versions', '200')).toBe(1);
    expect(count('GET', '/api/apps/{id}/history', '200')).toBe(1);
    expect(count('PUT', '/v2/deployments', '405')).toBe(1);
    expect(count('GET', 'none', '404')).toBe(1);
    expect(shown.value('slipway_http_request_seconds_count', { method: 'GET', route: '/v2/apps/{id}' })).toBe(
      2,
    );
    expect(shown.text).not.toMatch(/shop|made/);
  });
});

describe('bodies', () => {
  test.each([
    ['not JSON', '{"id": ', 400, 'Invalid JSON'],
    ['text', 'hello', 400, 'Invalid JSON'],
    ['nothing', '', 400, 'Please specify data in JSON format'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, 'Invalid JSON'],
    ['a key of a prototype', '{"id":"/a","cmd":"x","__proto__":{"cpus":1}}', 400, 'Invalid JSON'],
    [
      'nesting',
      `{"id":"/a","cmd":"x","labels":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
      400,
      'Invalid JSON',
    ],
    [
      'too much',
      JSON.stringify({ id: '/a', cmd: 'x'.repeat(10_000_000) }),
      413,
      'The body is larger than the limit of 1000000 bytes.',
    ],
  ])('%s is refused', async (_what, body, status, message) => {
    const { url, call, accepted } = await serve(store());
    const response = await fetch(`${url}/v2/apps`, { method: 'POST', body: body as string });
    const answer = (await response.json()) as { message: string; details?: string };
    expect([response.status, answer.message]).toEqual([status, message]);
    if (status === 400) expect(answer.details).toEqual(expect.any(String));
    expect(accepted).toEqual([]);
    expect((await call('GET', '/v2/apps')).body).toEqual({ apps: [] });
  });

  test('are JSON whatever their type says, and also with none', async () => {
    const { call, url } = await serve(store());
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await call('POST', '/v2/apps', { id: 'form', cmd: 'x' }, form)).status).toBe(201);
    expect(await postWithoutType(url, JSON.stringify({ id: 'bare', cmd: 'x' }))).toMatch(/^HTTP\/1.1 201 /);
  });

  test('a packed body counts by what it unpacks to', async () => {
    const { gzipSync } = await import('node:zlib');
    const { url } = await serve(store());
    const body = gzipSync(JSON.stringify({ id: 'a', cmd: 'x'.repeat(5_000_000) }));
    const response = await fetch(`${url}/v2/apps`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(response.status).toBe(413);
  });
});

function postWithoutType(url: string, body: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST /v2/apps HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

describe('errors', () => {
  test('what nobody expected is 500 without its text, and in the log with the id', async () => {
    const { call, ports } = await serve(store());
    ports.instances.capacity = () => Promise.reject(new Error('password=hunter2'));
    const { status, body, text } = await call('GET', '/api/environments');
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(text).not.toContain('hunter2');
    const [logged] = ports.errors;
    expect(logged?.fields).toMatchObject({ errorId: expect.any(String) });
    expect(body.message).toContain(Object(logged?.fields).errorId);
  });

  test('a server that ended is closed for good, and says so by not answering', async () => {
    const { call, close } = await serve(store());
    await close();
    await expect(call('GET', '/ping')).rejects.toThrow();
  });
});
