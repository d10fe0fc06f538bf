import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isSame, signalSame, startTimeOf } from '../../src/os/process-table.js';
import { until } from '../helpers/until.js';

it('names a process by pid and start time', () => {
  const startTime = startTimeOf(process.pid);
  expect(startTime).toMatch(/^[0-9a-f-]{36}\/\d+$/);
  expect(isSame(process.pid, startTime ?? '')).toBe(true);
  expect(isSame(process.pid, '00000000-0000-0000-0000-000000000000/1')).toBe(false);
});

it('knows nothing of a pid that is not in use', () => {
  expect(startTimeOf(2 ** 30)).toBeUndefined();
});

it('reads names with spaces and brackets, and signals only the process that was recorded', async () => {
  const child = spawn('bash', ['-c', 'echo "x) Z (y" > /proc/$$/comm; echo renamed; read line']);
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  const identity = { pid, startTime: await until(() => startTimeOf(pid)) };
  expect(signalSame({ ...identity, startTime: 'other' }, 'SIGKILL')).toBe(false);
  expect(signalSame(identity, 'SIGKILL')).toBe(true);
  await once(child, 'exit');
  expect(isSame(pid, identity.startTime)).toBe(false);
  expect(signalSame(identity, 'SIGKILL')).toBe(false);
});

it('counts a zombie as ended', async () => {
  const parent = spawn('bash', ['-c', 'sleep 0.05 & echo $!; exec sleep 60']);
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '), { what: 'a zombie' });
  expect(startTimeOf(pid)).toBeUndefined();
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});
