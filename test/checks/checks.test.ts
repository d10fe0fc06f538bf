import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askHealth, askReadiness } from '../../src/checks/ask.js';
import { askCommand } from '../../src/checks/command.js';
import type { App, HealthCheck } from '../../src/model/app.js';
import { startTimeOf } from '../../src/os/process-table.js';
import { until } from '../helpers/until.js';
import { appOf, HTTP_CHECK, PORT } from '../runtimes/support.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening(server: net.Server | https.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const limit = (timeoutMs = 2000) => ({ timeoutMs, signal: new AbortController().signal });
const never = async () => ({ ok: false, cause: 'no command expected' });
const app = appOf('/app', {
  portDefinitions: [
    { ...PORT, name: 'main' },
    { ...PORT, name: 'http-api' },
  ],
});

function ask(check: Partial<HealthCheck>, ports: number[], definition: App = app, timeoutMs?: number) {
  const address = { host: '127.0.0.1', ports };
  return askHealth({ ...HTTP_CHECK, ...check }, definition, address, limit(timeoutMs), never);
}

describe('HTTP', () => {
  it.each([
    [200, true],
    [302, true],
    [399, true],
    [404, false],
    [503, false],
  ])('takes status %i as healthy: %s', async (status, ok) => {
    const port = await listening(
      http.createServer((request, response) =>
        response.writeHead(request.url === '/health' ? status : 500).end(),
      ),
    );
    expect(await ask({}, [port])).toMatchObject({ ok });
  });

  it('says what it was refused, and where', async () => {
    const server = net.createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    expect(await ask({}, [port])).toMatchObject({
      ok: false,
      cause: `connection refused on http port ${port} /health`,
    });
  });

  it('gives up after the timeout', async () => {
    const port = await listening(net.createServer((socket) => void closing.push(() => socket.destroy())));
    expect(await ask({}, [port], app, 50)).toMatchObject({
      ok: false,
      cause: `no answer from http port ${port} /health within 0.05 s`,
    });
  });

  it('waits for the answer behind interim ones, and takes nothing else for an answer', async () => {
    const say = (text: string) => listening(net.createServer((socket) => void socket.end(text)));
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    expect((await ask({}, [await say(`${interim}HTTP/1.1 204 No Content\r\n\r\n`)])).ok).toBe(true);
    expect((await ask({}, [await say(`${interim}HTTP/1.0 500\r\n\r\n`)])).cause).toContain('status 500');
    expect((await ask({}, [await say('SSH-2.0\r\n')])).cause).toContain('not HTTP');
    expect((await ask({}, [await say('HTTP/1.1 2')])).cause).toContain('closed before an answer came');
  });

  it('sends a path as one, whatever it holds', async () => {
    const paths: string[] = [];
    const server = http.createServer((request, response) => {
      paths.push(request.url ?? '');
      response.end();
    });
    expect((await ask({ path: '/a b\r\nX: ü?q=1' }, [await listening(server)])).ok).toBe(true);
    expect(paths).toEqual(['/a%20b%0D%0AX:%20%C3%BC?q=1']);
  });

  it('finds the port by index, by name, or as stated', async () => {
    const port = await listening(http.createServer((_request, response) => response.end()));
    expect((await ask({ portIndex: 1 }, [1, port])).ok).toBe(true);
    expect((await ask({ portName: 'http-api' }, [1, port])).ok).toBe(true);
    expect((await ask({ port }, [1])).ok).toBe(true);
    expect(await ask({ portIndex: 7 }, [1])).toEqual({
      ok: false,
      cause: 'port index 7 is not among its ports',
    });
    expect(await ask({ portName: 'x' }, [1])).toEqual({
      ok: false,
      cause: "port 'x' is not among its ports",
    });
  });
});

it('HTTPS does not ask who signed the certificate', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'slipway-tls-'));
  closing.push(() => rm(dir, { recursive: true }));
  const [key, cert] = [path.join(dir, 'key'), path.join(dir, 'cert')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=other', '-days', '2'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const options = { key: await readFile(key), cert: await readFile(cert) };
  const port = await listening(https.createServer(options, (_request, response) => response.end()));
  expect(await ask({ protocol: 'HTTPS' }, [port])).toMatchObject({ ok: true });
  expect((await ask({ protocol: 'HTTP' }, [port])).ok).toBe(false);
});

describe('TCP', () => {
  it('is healthy when the port accepts', async () => {
    const server = net.createServer((socket) => socket.destroy());
    const port = await listening(server);
    expect(await ask({ protocol: 'TCP' }, [port])).toEqual({ ok: true });
    server.close();
    await once(server, 'close');
    expect(await ask({ protocol: 'MESOS_TCP' }, [port])).toEqual({
      ok: false,
      cause: `connection refused on tcp port ${port}`,
    });
  });
});

describe('commands', () => {
  const command = (shown: string, timeoutMs?: number) =>
    askCommand(
      { argv: ['/bin/sh', '-c', shown], shown, cwd: os.tmpdir(), env: { PATH: '/usr/bin:/bin', X: '1' } },
      limit(timeoutMs),
    );

  it('are healthy with status 0, else say what they said', async () => {
    expect(await command('test "$X" = 1')).toEqual({ ok: true });
    expect(await command('echo first; echo no disk >&2; exit 3')).toEqual({
      ok: false,
      cause: "command 'echo first; echo no disk >&2; exit 3' ended with status 3: no disk",
    });
  });

  it('are killed with all that they started when they take too long', async () => {
    const file = path.join(os.tmpdir(), `slipway-command-${process.pid}`);
    closing.push(() => rm(file, { force: true }));
    const answer = await command(`sleep 1000 & echo $! > ${file}; wait`, 300);
    expect(answer.cause).toContain('did not end within 0.3 s');
    const pid = Number(await readFile(file, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    await until(() => startTimeOf(pid) === undefined);
  });

  it('that cannot be started are failures', async () => {
    const question = { argv: ['/no/such'] as [string], shown: '/no/such', cwd: '/', env: {} };
    expect((await askCommand(question, limit())).cause).toContain('ENOENT');
  });
});

it('readiness accepts the stated codes only, and keeps the answer where wanted', async () => {
  const port = await listening(
    http.createServer((_request, response) =>
      response.writeHead(418, { 'content-type': 'text/x' }).end('tea'),
    ),
  );
  const check = {
    name: 'ready',
    protocol: 'HTTP' as const,
    path: '/',
    portName: 'http-api',
    intervalSeconds: 1,
    timeoutSeconds: 1,
    httpStatusCodesForReady: [200],
    preserveLastResponse: true,
  };
  const address = { host: '127.0.0.1', ports: [1, port] };
  expect(await askReadiness(check, app, address, limit())).toMatchObject({
    ok: false,
    response: { status: 418, contentType: 'text/x', body: 'tea' },
  });
  const accepting = { ...check, httpStatusCodesForReady: [418] };
  expect((await askReadiness(accepting, app, address, limit())).ok).toBe(true);
  expect(await askReadiness({ ...check, portName: 'x' }, app, address, limit())).toEqual({
    ok: false,
    cause: "no port is named 'x'",
  });
});
