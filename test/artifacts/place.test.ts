import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import type { Artifact } from '../../src/model/app.js';
import { makeTar, makeTarGz, makeZip, type TestEntry } from './archives.js';
import { artifact, type Setup, serveFiles, setup } from './setup.js';

const GOOD: TestEntry[] = [
  { name: 'bin/', type: '5', mode: 0o755 },
  { name: 'bin/run.sh', data: '#!/bin/sh\n', mode: 0o755 },
  { name: 'share/doc/a.txt', data: 'hello' },
];

/** The same for zip, whose modes carry the kind. */
function forZip(entries: TestEntry[]): TestEntry[] {
  return entries.map((entry) =>
    entry.type === '5'
      ? { ...entry, mode: 0o040_755 }
      : { ...entry, mode: 0o100_000 | (entry.mode ?? 0o644) },
  );
}

async function placed(
  setting: Setup,
  files: Record<string, string | Buffer>,
  fields: Partial<Artifact> = {},
) {
  const server = await serveFiles(files);
  const artifacts = Object.keys(files).map((path) => artifact(`${server.url}${path}`, fields));
  await setting.cache.place(artifacts, setting.sandbox);
  return tree(setting.sandbox);
}

async function tree(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

it.each([
  ['/app.zip', makeZip(forZip(GOOD))],
  ['/app.tar', makeTar(GOOD)],
  ['/app.tar.gz', makeTarGz(GOOD)],
  ['/app.tgz', makeTarGz(GOOD)],
])('unpacks %s and keeps what can be run runnable', async (path, archive) => {
  const setting = await setup();
  expect(await placed(setting, { [path]: archive })).toEqual([
    'bin',
    'bin/run.sh',
    'share',
    'share/doc',
    'share/doc/a.txt',
  ]);
  expect(await modeOf(join(setting.sandbox, 'bin/run.sh'))).toBe(0o755);
  expect(await modeOf(join(setting.sandbox, 'share/doc/a.txt'))).toBe(0o644);
  expect(await readFile(join(setting.sandbox, 'share/doc/a.txt'), 'utf8')).toBe('hello');
});

it('copies what is no archive, or is not to be unpacked', async () => {
  const setting = await setup();
  expect(await placed(setting, { '/a%20b.txt?x=1': '', '/a%20b.txt': 'hello' })).toEqual(['a b.txt']);
  expect(await modeOf(join(setting.sandbox, 'a b.txt'))).toBe(0o644);
  expect(await placed(setting, { '/app.tgz': makeTarGz(GOOD) }, { extract: false })).toEqual([
    'a b.txt',
    'app.tgz',
  ]);
});

it('makes executable what shall be', async () => {
  const setting = await setup();
  await placed(setting, { '/server': 'x' }, { executable: true });
  expect(await modeOf(join(setting.sandbox, 'server'))).toBe(0o755);
});

it('puts things where destPath says', async () => {
  const setting = await setup();
  expect(await placed(setting, { '/a.txt': 'a' }, { destPath: 'conf/./b.txt' })).toEqual([
    'conf',
    'conf/b.txt',
  ]);
  expect(await placed(setting, { '/app.tar': makeTar([{ name: 'x' }]) }, { destPath: 'lib/' })).toContain(
    'lib/x',
  );
  expect(
    await placed(setting, { '/download': makeTar([{ name: 'y' }]) }, { destPath: 'sub/app.tar' }),
  ).toContain('y');
});

it('joins folders and replaces files of earlier artifacts, in their order', async () => {
  const setting = await setup();
  const [one, two] = [
    makeTar([{ name: 'd/a', data: '1' }, { name: 'd/b' }]),
    makeTar([{ name: 'd/a', data: '2' }]),
  ];
  expect(await placed(setting, { '/1.tar': one, '/2.tar': two })).toEqual(['d', 'd/a', 'd/b']);
  expect(await readFile(join(setting.sandbox, 'd/a'), 'utf8')).toBe('2');
  await placed(setting, { '/1.tar': one });
  expect(await readFile(join(setting.sandbox, 'd/a'), 'utf8')).toBe('1');
});

it('keeps links that stay inside', async () => {
  const setting = await setup();
  const archive = makeTar([
    { name: 'lib/v1/real', data: 'hello' },
    { name: 'lib/current', type: '2', link: 'v1' },
    { name: 'bin/tool', type: '2', link: '../lib/current/real' },
    { name: 'hard', type: '1', link: 'lib/v1/real' },
  ]);
  await placed(setting, { '/a.tar': archive });
  expect(await readFile(join(setting.sandbox, 'bin/tool'), 'utf8')).toBe('hello');
  expect(await readFile(join(setting.sandbox, 'hard'), 'utf8')).toBe('hello');
  await placed(setting, { '/b.zip': makeZip([{ name: 'l', data: 'hard', mode: 0o120_777 }]) });
  expect(await readlink(join(setting.sandbox, 'l'))).toBe('hard');
});

const tar = (...entries: TestEntry[]) => ['/a.tar', makeTar(entries)] as const;
const zip = (...entries: TestEntry[]) => ['/a.zip', makeZip(entries)] as const;
const OUT = 'leads out of the sandbox';
const LINK = 0o120_777;

it.each([
  ['a name that goes up', tar({ name: '../evil' }), `the entry "../evil" ${OUT}`],
  ['one that goes up later', tar({ name: 'a/../../evil' }), `the entry "a/../../evil" ${OUT}`],
  ['an absolute name', tar({ name: '/tmp/evil' }), `the entry "/tmp/evil" ${OUT}`],
  ['zip slip', zip({ name: '../evil' }), '../evil'],
  ['zip slip with backslashes', zip({ name: '..\\evil' }), '../evil'],
  ['an absolute name in a zip', zip({ name: '/tmp/evil' }), '/tmp/evil'],
  ['a drive in a zip', zip({ name: 'c:/evil' }), 'c:/evil'],
  ['an absolute link', tar({ name: 'l', type: '2', link: '/etc' }), `the link "l" to "/etc" ${OUT}`],
  ['a link up', tar({ name: 'd/l', type: '2', link: '../../x' }), `the link "d/l" to "../../x" ${OUT}`],
  ['a link up in a zip', zip({ name: 'l', data: '../x', mode: LINK }), `the link "l" to "../x" ${OUT}`],
  [
    'a long link in a zip',
    zip({ name: 'l', data: 'x'.repeat(5000), mode: LINK }),
    'the link "l" is too long',
  ],
  [
    'a file through a link',
    tar({ name: 'd/x' }, { name: 'l', type: '2', link: 'd' }, { name: 'l/evil' }),
    'the entry "l/evil" leads through a link or a file',
  ],
  [
    'links that lead out together',
    tar({ name: 'a/b/s', type: '2', link: '../..' }, { name: 't', type: '2', link: 'a/b/s/../evil' }),
    'the link "t" to "a/b/s/../evil" goes up after going down',
  ],
  ['a hard link up', tar({ name: 'h', type: '1', link: '../../etc/passwd' }), `"../../etc/passwd" ${OUT}`],
  ['an absolute hard link', tar({ name: 'h', type: '1', link: '/etc/passwd' }), `"/etc/passwd" ${OUT}`],
  [
    'a hard link to a link',
    tar({ name: 'l', type: '2', link: 'x' }, { name: 'h', type: '1', link: 'l' }),
    'the link "h" leads to "l", which is no file before it',
  ],
  [
    'a hard link through a link',
    tar({ name: 'd/x' }, { name: 'l', type: '2', link: 'd' }, { name: 'h', type: '1', link: 'l/x' }),
    'the link "h" leads through a link or a file',
  ],
  ['a device', tar({ name: 'dev', type: '3' }), 'the entry "dev" is a device, a pipe or of an unknown kind'],
  ['a block device', tar({ name: 'dev', type: '4' }), 'the entry "dev" is a device'],
  ['a pipe', tar({ name: 'fifo', type: '6' }), 'the entry "fifo" is a device, a pipe'],
  ['a device in a zip', zip({ name: 'dev', mode: 0o020_644 }), 'the entry "dev" is a device'],
  ['no zip', ['/a.zip', Buffer.from('no zip')] as const, 'it is no zip archive that can be used'],
  [
    'no tar',
    ['/a.tgz', Buffer.from('no tar '.repeat(200))] as const,
    'it is no tar archive, or a damaged one',
  ],
  ['an empty tar', ['/a.tar', Buffer.alloc(0)] as const, 'it is no tar archive, or a damaged one'],
  [
    'half a tar',
    [
      '/a.tgz',
      gzipSync(makeTar([{ name: 'a', data: Buffer.alloc(200_000, 'x') }]).subarray(0, 100_000)),
    ] as const,
    'it is no tar archive, or a damaged one',
  ],
  [
    'half a gzip',
    ['/a.tgz', makeTarGz([{ name: 'a', data: randomText() }]).subarray(0, 50_000)] as const,
    'it is no tar archive, or a damaged one',
  ],
  [
    'a compression that is not known',
    ['/a.tar.xz', Buffer.from('x')] as const,
    'only .zip, .tar, .tar.gz and .tgz are',
  ],
])('refuses %s and leaves nothing of it', async (_name, [path, archive], sentence) => {
  const setting = await setup();
  await writeFile(join(setting.sandbox, 'before'), '');
  const server = await serveFiles({ [path]: archive, '/good.tar': makeTar(GOOD) });
  const artifacts = [artifact(`${server.url}/good.tar`), artifact(`${server.url}${path}`)];
  const error = await setting.cache.place(artifacts, setting.sandbox).catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(TerminalError);
  expect(String(error)).toContain(`The artifact ${server.url}${path} cannot be unpacked: `);
  expect(String(error)).toContain(sentence);
  expect(await tree(setting.sandbox)).toEqual(['before']);
  expect(await readdir(join(setting.sandbox, '..'))).toEqual(['cache', 'sandbox']);
});

/** Hardly compressible, so that half of it is in the middle of the content. */
function randomText(): Buffer {
  const bytes = [1];
  for (let seed = 1; bytes.length < 200_000; bytes.push(seed & 0xff)) seed = (seed * 48_271) % 2_147_483_647;
  return Buffer.from(bytes);
}

it.each(['../evil', '/tmp/evil', 'a/../../evil'])('refuses the destPath %s', async (destPath) => {
  for (const path of ['/a.txt', '/a.tar']) {
    const setting = await setup();
    await expect(placed(setting, { [path]: makeTar(GOOD) }, { destPath })).rejects.toThrow(
      `destPath "${destPath}" leads out of the sandbox`,
    );
    expect(await tree(setting.sandbox)).toEqual([]);
  }
});

it('asks for a destPath where the URI has no file name', async () => {
  await expect(placed(await setup(), { '/': 'x' })).rejects.toThrow(
    'ends without a file name; give it one by destPath',
  );
});

it.each(['/bomb.tgz', '/bomb.zip'])('bounds what %s unpacks to, and how many entries', async (path) => {
  const make = (entries: TestEntry[]) => (path.endsWith('zip') ? makeZip(entries) : makeTarGz(entries));
  const big = make([{ name: 'big', data: Buffer.alloc(2_000_000) }]);
  const many = make(Array.from({ length: 101 }, (_, i) => ({ name: `f${i}` })));
  expect(big.length).toBeLessThan(10_000);
  const setting = await setup({ limits: { bytes: 1_000_000, entries: 100 } });
  await expect(placed(setting, { [path]: big })).rejects.toThrow('it unpacks to more than 1000000 bytes');
  await expect(placed(setting, { [`/many${path.slice(5)}`]: many })).rejects.toThrow(
    'it has more than 100 entries',
  );
  expect(await tree(setting.sandbox)).toEqual([]);
});

it('follows no link that is in the sandbox already', async () => {
  const setting = await setup();
  const outside = join(setting.sandbox, '..', 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'a.txt'), 'mine');
  await symlink(outside, join(setting.sandbox, 'd'));
  await symlink(join(outside, 'a.txt'), join(setting.sandbox, 'a.txt'));
  await placed(setting, { '/a.txt': 'theirs', '/b.tar': makeTar([{ name: 'd/a.txt', data: 'theirs' }]) });
  expect(await readFile(join(outside, 'a.txt'), 'utf8')).toBe('mine');
  expect(await readFile(join(setting.sandbox, 'd/a.txt'), 'utf8')).toBe('theirs');
});

it('removes what a killed service left in the sandbox, and passes errors of the disk as they are', async () => {
  const setting = await setup();
  await mkdir(join(setting.sandbox, '.slipway-placing-x'));
  expect(await placed(setting, { '/a.txt': 'a' })).toEqual(['a.txt']);
  await expect(setting.cache.place([], join(setting.sandbox, 'nowhere'))).rejects.toThrow('ENOENT');
});
