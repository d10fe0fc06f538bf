import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findService, openHome } from '../src/home.js';
import { isSame, startTimeOf } from '../src/os/process-table.js';
import { spawnTypeScript } from './helpers/spawn-typescript.js';
import { tempDir } from './helpers/temp-dir.js';
import { until } from './helpers/until.js';

const HOLDER = new URL('./programs/hold-home.ts', import.meta.url);
const ADDRESSES = {
  port: 8080,
  apiUrl: 'http://127.0.0.1:8080',
  temporalAddress: '127.0.0.1:7233',
  uiUrl: 'http://127.0.0.1:8233',
};

function startHolder(home: string, at = 0): ChildProcess {
  const holder = spawnTypeScript(HOLDER, [home, String(at)]);
  onTestFinished(() => void holder.kill('SIGKILL'));
  return holder;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const [chunk] = await once(child.stdout, 'data');
  return String(chunk).trim();
}

it('makes the folder, says where the service is, and forgets it at the end', async () => {
  const path = join(await tempDir(), 'a', 'b');
  const home = await openHome(path);
  expect(home.path).toBe(path);
  const self = { pid: process.pid, startTime: startTimeOf(process.pid) };
  expect(await findService(path)).toEqual(self);
  await home.announce(ADDRESSES);
  expect(await findService(path)).toEqual({ ...self, ...ADDRESSES });
  await home.release();
  expect(await findService(path)).toBeUndefined();
  await (await openHome(path)).release();
  expect((await readdir(path)).filter((name) => !name.startsWith('lock.'))).toEqual([]);
});

it('refuses a second service with the pid and address of the first', async () => {
  const path = await tempDir();
  const home = await openHome(path);
  await home.announce(ADDRESSES);
  await expect(openHome(path)).rejects.toThrow(
    `Slipway already runs on ${path} (process ${process.pid}, http://127.0.0.1:8080). Use that one, stop it with "slipway down", or set SLIPWAY_HOME to another folder.`,
  );
  await home.release();
});

it('replaces a holder that was killed', async () => {
  const path = await tempDir();
  const holder = startHolder(path);
  expect(await firstLine(holder)).toBe(`held ${holder.pid}`);
  await expect(openHome(path)).rejects.toThrow(`(process ${holder.pid})`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await findService(path)).toBeUndefined();
  await (await openHome(path)).release();
});

it('does not take a process that only has the pid of the holder for the holder', async () => {
  const path = await tempDir();
  await writeFile(join(path, 'lock.7'), JSON.stringify({ pid: process.pid, startTime: 'an earlier boot/1' }));
  await (await openHome(path)).release();
});

it.each(['', '{"pid":', 'null'])('takes a home whose lock file holds %j', async (content) => {
  const path = await tempDir();
  await writeFile(join(path, 'lock.1'), content);
  await (await openHome(path)).release();
});

it('lets exactly one of several starters in, also when all find the same dead holder', async () => {
  const path = await tempDir();
  for (const round of [1, 2]) {
    const at = Date.now() + 1_500;
    const starters = [1, 2, 3, 4].map(() => startHolder(path, at));
    const lines = await Promise.all(starters.map(firstLine));
    const winners = lines.filter((line) => line.startsWith('held'));
    expect(winners, `round ${round}: ${lines.join('; ')}`).toHaveLength(1);
    const pid = winners[0]?.split(' ')[1];
    for (const line of lines.filter((other) => other !== winners[0]))
      expect(line).toContain(`(process ${pid})`);
    for (const starter of starters) starter.kill('SIGKILL');
    await Promise.all(
      starters.map((starter) => starter.exitCode ?? starter.signalCode ?? once(starter, 'exit')),
    );
  }
}, 30_000);

it.each([
  ['a file in its place', async (folder: string) => `${folder}/file`, '/file is not a folder'],
  ['a file on the way', async (folder: string) => `${folder}/file/home`, '/file is not a folder'],
  ['a place without folders', async () => '/proc/slipway-home', 'ENOENT: no such file or directory'],
  [
    'a link that leads nowhere',
    async (folder: string) => {
      await symlink('/proc/nowhere', `${folder}/link`);
      return `${folder}/link`;
    },
    '/link is not a folder',
  ],
])('says what is wrong with %s', async (_name, make, reason) => {
  const folder = await tempDir();
  await writeFile(join(folder, 'file'), '');
  const path = await make(folder);
  const error = await openHome(path).catch((problem: Error) => problem);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toContain(`SLIPWAY_HOME ${path} cannot be used: `);
  expect(String(error)).toContain(reason);
  expect(String(error)).toContain('Set SLIPWAY_HOME to a folder that this user can write to.');
});

/** A program that is called npm, as far as its command line tells, with the shell between that npm has. */
async function startUnderNpm(folder: string, home: string): Promise<ChildProcess> {
  const tsx = import.meta.resolve('tsx');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(
    join(folder, 'bin', 'npm-cli.js'),
    `require('node:child_process').spawn('sh', ['-c', '"$0" --import ${tsx} ${HOLDER.pathname} ${home}; true', process.execPath],
      { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } });`,
  );
  const npm = spawn(process.execPath, [join(folder, 'bin', 'npm-cli.js'), 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void npm.kill('SIGKILL'));
  return npm;
}

it('waits for a service whose npm was killed to stop by itself', async () => {
  const folder = await tempDir();
  const path = join(folder, 'home');
  const npm = await startUnderNpm(folder, path);
  const pid = Number((await firstLine(npm)).split(' ')[1]);
  const startTime = startTimeOf(pid) ?? '';
  onTestFinished(() => void (isSame(pid, startTime) && process.kill(pid, 'SIGKILL')));
  const record = JSON.parse(await readFile(join(path, 'service.json'), 'utf8'));
  expect(record).toMatchObject({ pid, npmPid: npm.pid });
  await expect(openHome(path)).rejects.toThrow(`(process ${pid})`);
  npm.kill('SIGKILL');
  await once(npm, 'exit');
  const home = await openHome(path);
  await until(() => !isSame(pid, startTime));
  await home.release();
}, 30_000);
