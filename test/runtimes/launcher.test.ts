import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { allPids, commandLineOf, parentOf } from '../../src/os/process-table.js';
import { Launcher } from '../../src/runtimes/process/launcher.js';
import { tempDir } from '../helpers/temp-dir.js';
import { until } from '../helpers/until.js';

/** A launcher, and what it told of one program. */
async function launched(script: string) {
  const dir = await tempDir();
  const launcher = new Launcher();
  onTestFinished(() => launcher.stop());
  const told: unknown[] = [];
  const program = {
    argv: ['/bin/sh', '-c', script],
    cwd: dir,
    env: { WORD: 'hello' },
    stdout: join(dir, 'out'),
    stderr: join(dir, 'err'),
  };
  const pid = await launcher.launch(program, {
    started: (leader) => told.push({ started: leader }),
    exited: (status, signal) => told.push({ status, signal }),
    lost: () => told.push('lost'),
  });
  return { launcher, told, pid, program };
}

function helper(): number {
  const found = allPids().find(
    (pid) => parentOf(pid) === process.pid && commandLineOf(pid).join().includes('launcher-main'),
  );
  if (found === undefined) throw new Error('no helper runs');
  return found;
}

test('starts a program that leads its own group, and tells how it ended', async () => {
  const { told, pid, program } = await launched('echo $WORD; exit 7');
  await until(() => told.length === 2);
  expect(told).toEqual([{ started: pid }, { status: 7, signal: null }]);
  expect(await readFile(program.stdout, 'utf8')).toBe('hello\n');
});

test('a program that cannot be started is an error', async () => {
  const { launcher, program } = await launched('exit 0');
  const wrong = { ...program, argv: ['/no/such/program'] };
  const follower = { started: () => {}, exited: () => {}, lost: () => {} };
  await expect(launcher.launch(wrong, follower)).rejects.toThrow('ENOENT');
});

test('when the helper is killed its programs go on, one is told to look, and the next start has a new one', async () => {
  const { launcher, told, pid, program } = await launched('exec sleep 1000');
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  process.kill(helper(), 'SIGKILL');
  await until(() => told.includes('lost'));
  expect(() => process.kill(pid, 0)).not.toThrow();
  const ended: unknown[] = [];
  const follower = { started: () => {}, exited: (status: unknown) => ended.push(status), lost: () => {} };
  await launcher.launch({ ...program, argv: ['/bin/sh', '-c', 'exit 3'] }, follower);
  await until(() => ended.length === 1);
  expect(ended).toEqual([3]);
});
