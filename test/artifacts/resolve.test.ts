import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RetryableError, TerminalError } from '../../src/errors.js';
import { freePort } from '../helpers/free-port.js';
import { tempDir } from '../helpers/temp-dir.js';
import { until } from '../helpers/until.js';
import { artifact, serve, serveFiles, setup } from './setup.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('fetches, reports the digest, and fetches no second time, also after a restart', async () => {
  const server = await serveFiles({ '/a.txt': 'hello' });
  const { cache, again } = await setup();
  const wanted = artifact(`${server.url}/a.txt`);
  const resolved = [{ uri: wanted.uri, digest: `sha256:${sha256('hello')}`, bytes: 5 }];
  expect(await cache.resolve([wanted])).toEqual(resolved);
  expect(await cache.resolve([wanted])).toEqual(resolved);
  expect(await again().resolve([wanted])).toEqual(resolved);
  expect(server.requests).toEqual(['/a.txt']);
});

it('fetches again with cache: false, and places what it fetched last', async () => {
  let version = 1;
  const server = await serve((_request, response) => response.end(`v${version++}`));
  const { cache, sandbox } = await setup();
  const wanted = artifact(`${server.url}/a.txt`, { cache: false });
  await cache.resolve([wanted]);
  expect(await cache.resolve([wanted])).toMatchObject([{ digest: `sha256:${sha256('v2')}` }]);
  await cache.place([wanted], sandbox);
  expect(await readFile(join(sandbox, 'a.txt'), 'utf8')).toBe('v2');
  expect(server.requests).toHaveLength(2);
});

it('shares one download among all who want it at the same time', async () => {
  const server = await serve((_request, response) => {
    response.write('he');
    void until(() => waiting === 5).then(() => response.end('llo'));
  });
  const { cache } = await setup();
  const wanted = artifact(`${server.url}/a.txt`, { cache: false });
  let waiting = 0;
  const results = await Promise.all(
    Array.from({ length: 5 }, () => {
      waiting++;
      return cache.resolve([wanted]);
    }),
  );
  expect(results.every(([result]) => result?.bytes === 5)).toBe(true);
  expect(server.requests).toHaveLength(1);
});

it('aborts a download only when nobody waits for it any more', async () => {
  let closed = false;
  const server = await serve((_request, response) => {
    response.write('x');
    response.once('close', () => {
      closed = true;
    });
  });
  const { cache, dir } = await setup();
  const [one, two] = [new AbortController(), new AbortController()];
  const wanted = artifact(`${server.url}/a.txt`);
  const first = cache.resolve([wanted], one.signal);
  const second = cache.resolve([wanted], two.signal);
  first.catch(() => {});
  second.catch(() => {});
  await until(async () => (await readdir(join(dir, 'drafts')).catch(() => [])).length === 1);
  one.abort(new Error('cancelled'));
  await expect(first).rejects.toThrow('cancelled');
  expect(closed).toBe(false);
  two.abort(new Error('cancelled too'));
  await expect(second).rejects.toThrow('cancelled too');
  await until(() => closed);
  await until(async () => (await readdir(join(dir, 'drafts'))).length === 0);
});

it('follows redirects, and sends a password only to the server that it is for', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end('hello');
  });
  const server = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: `${other.url}/b` }).end();
  });
  const { cache, log } = await setup();
  const uri = `${server.url.replace('//', '//ann:s3cret%21@')}/a?token=s3cret&x=1`;
  expect(await cache.resolve([artifact(uri)])).toMatchObject([
    { uri: `${server.url.replace('//', '//***@')}/a?token=***&x=***`, bytes: 5 },
  ]);
  expect(seen).toEqual([`Basic ${Buffer.from('ann:s3cret!').toString('base64')}`, undefined]);
  expect(log.join()).not.toContain('s3cret');
});

it('takes the bytes as they are stored, whatever coding the server says', async () => {
  const server = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('not really gzip'),
  );
  const { cache } = await setup();
  expect(await cache.resolve([artifact(`${server.url}/a.tar.gz`)])).toMatchObject([{ bytes: 15 }]);
});

it('checks the checksum and keeps nothing that does not match', async () => {
  const server = await serveFiles({ '/a.txt': 'hello' });
  const { cache, dir } = await setup();
  const right = artifact(`${server.url}/a.txt`, { checksum: `sha256:${sha256('hello').toUpperCase()}` });
  const wrong = artifact(`${server.url}/a.txt`, { checksum: `sha256:${sha256('other')}` });
  await expect(cache.resolve([wrong])).rejects.toThrow(
    `The artifact ${wrong.uri} is refused: its sha256 is ${sha256('hello')}, and its checksum says ${sha256('other')}.`,
  );
  expect(await readdir(join(dir, 'blobs'))).toEqual([]);
  expect(await readdir(join(dir, 'drafts'))).toEqual([]);
  expect(await cache.resolve([right])).toMatchObject([{ bytes: 5 }]);
});

it('fetches no content that it has under another URI', async () => {
  const server = await serveFiles({ '/a.txt': 'hello' });
  const { cache } = await setup();
  const checksum = `sha256:${sha256('hello')}`;
  await cache.resolve([artifact(`${server.url}/a.txt`)]);
  await cache.resolve([artifact(`${server.url}/elsewhere.txt`, { checksum })]);
  expect(server.requests).toEqual(['/a.txt']);
});

it.each([
  [404, TerminalError, 'cannot be fetched: its server answered with status 404.'],
  [401, TerminalError, 'cannot be fetched: its server answered with status 401.'],
  [429, RetryableError, 'cannot be fetched now: its server answered with status 429.'],
  [503, RetryableError, 'cannot be fetched now: its server answered with status 503.'],
])('status %i', async (status, kind, sentence) => {
  const server = await serve((_request, response) => response.writeHead(status).end('no'));
  const { cache } = await setup();
  const error = await cache
    .resolve([artifact(`${server.url}/a?key=s3cret`)])
    .catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(kind);
  expect(String(error)).toContain(`The artifact ${server.url}/a?key=*** ${sentence}`);
});

it.each([
  ['ftp://ann:s3cret@host/a', 'The artifact ftp://***@host/a has the scheme "ftp"; it must begin with'],
  [
    'a/relative/path',
    'The artifact a/relative/path is not a URI; it must begin with http://, https:// or file://.',
  ],
  ['http://', 'is not a URI'],
  ['file://host/a', 'must be like file:///absolute/path'],
  [
    'file:///nowhere/a',
    'The artifact file:///nowhere/a cannot be fetched: ENOENT: no such file or directory.',
  ],
  ['file:///tmp', 'it is not a regular file'],
])('refuses %s', async (uri, sentence) => {
  const { cache } = await setup();
  const error = await cache.resolve([artifact(uri)]).catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(TerminalError);
  expect(String(error)).toContain(sentence);
  expect(String(error)).not.toContain('s3cret');
});

it('refuses a checksum that is none, endless redirects, and files where they are not allowed', async () => {
  const server = await serve((_request, response) => response.writeHead(302, { location: '/a' }).end());
  const { cache } = await setup({ allowFile: false });
  await expect(cache.resolve([artifact(`${server.url}/a`, { checksum: 'md5:1' })])).rejects.toThrow(
    'its checksum is "md5:1", which must be sha256: and 64 hexadecimal digits.',
  );
  await expect(cache.resolve([artifact(`${server.url}/a`)])).rejects.toThrow('redirected more than 10 times');
  await expect(cache.resolve([artifact('file:///etc/hostname')])).rejects.toThrow(
    'not allowed as artifacts here',
  );
});

it.each([true, false])('stops at the size limit (length announced: %s)', async (announced) => {
  const server = await serve((_request, response) => {
    if (announced) response.setHeader('content-length', 2_000);
    response.end(Buffer.alloc(2_000));
  });
  const { cache, dir } = await setup({ maxBytes: 1_000 });
  const error = await cache.resolve([artifact(`${server.url}/a`)]).catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(TerminalError);
  expect(String(error)).toContain('is refused: it is larger than 1000 bytes.');
  expect(await readdir(join(dir, 'drafts')).catch(() => [])).toEqual([]);
});

it('may be tried again when nobody listens, the answer breaks off, or the server is silent', async () => {
  const port = await freePort();
  const broken = await serve((_request, response) => {
    response.setHeader('content-length', 10);
    response.write('half');
    response.socket?.end();
  });
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { cache, dir } = await setup({ silenceMs: 200 });
  const silentPort = (silent.address() as { port: number }).port;
  for (const url of [`http://127.0.0.1:${port}`, broken.url, `http://127.0.0.1:${silentPort}`]) {
    const error = await cache.resolve([artifact(`${url}/a`)]).catch((problem: Error) => problem);
    expect(error, url).toBeInstanceOf(RetryableError);
    expect(String(error)).toMatch(/The artifact .*\/a cannot be fetched now: .+\./);
    expect((error as RetryableError).away).toBe(new URL(url).host);
  }
  expect(await readdir(join(dir, 'blobs'))).toEqual([]);
});

it('reads files of this machine, each time', async () => {
  const folder = await tempDir();
  const { cache } = await setup();
  for (const [path, content] of [
    ['a b.txt', 'one'],
    ['a b.txt', 'three'],
  ] as const) {
    await writeFile(join(folder, path), content);
    for (const uri of [`file://${folder}/a%20b.txt`, `${folder}/a b.txt`]) {
      expect(await cache.resolve([artifact(uri)])).toMatchObject([{ digest: `sha256:${sha256(content)}` }]);
    }
  }
});

it('removes what a killed process left half-written, and content that no URI stands for', async () => {
  const server = await serveFiles({ '/a.txt': 'hello' });
  const { cache, dir, again } = await setup();
  await cache.resolve([artifact(`${server.url}/a.txt`)]);
  await writeFile(join(dir, 'drafts', `${process.pid}.earlier%2F1.x`), 'half');
  await writeFile(join(dir, 'blobs', sha256('stale')), 'stale');
  await again().resolve([artifact(`${server.url}/a.txt`)]);
  expect(await readdir(join(dir, 'drafts'))).toEqual([]);
  expect(await readdir(join(dir, 'blobs'))).toEqual([sha256('hello')]);
  expect(server.requests).toHaveLength(1);
});

it('fetches again what the disk lost', async () => {
  const server = await serveFiles({ '/a.txt': 'hello' });
  const { cache, dir, sandbox } = await setup();
  await cache.resolve([artifact(`${server.url}/a.txt`)]);
  await writeFile(join(dir, 'blobs', sha256('hello')), 'hel');
  await mkdir(join(sandbox, 'x'));
  await cache.place([artifact(`${server.url}/a.txt`)], sandbox);
  expect(await readFile(join(sandbox, 'a.txt'), 'utf8')).toBe('hello');
});
