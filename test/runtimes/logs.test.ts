import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LogSource, readLog } from '../../src/runtimes/process/logs.js';
import { rotate } from '../../src/runtimes/process/rotation.js';
import { until } from '../helpers/until.js';
import { appOf, Host, readyInstances } from './support.js';

let dir: string;
let source: LogSource & { count: number; open: boolean };
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'slipway-logs-'));
  source = {
    file: path.join(dir, 'stdout'),
    kept: 2,
    count: 0,
    open: true,
    turns: () => source.count,
    isOpen: () => source.open,
  };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function lines(query: { tail?: number }): Promise<string[]> {
  const all: string[] = [];
  for await (const line of readLog(source, { stream: 'stdout', ...query })) all.push(line);
  return all;
}

it('gives the last lines, also from rotated files, and all without a tail', async () => {
  await writeFile(`${source.file}.2`, 'a\nb\n');
  await writeFile(`${source.file}.1`, 'c\nd');
  await writeFile(source.file, 'd\nü\n');
  expect(await lines({})).toEqual(['a', 'b', 'c', 'dd', 'ü']);
  expect(await lines({ tail: 1 })).toEqual(['ü']);
  expect(await lines({ tail: 2 })).toEqual(['dd', 'ü']);
  expect(await lines({ tail: 4 })).toEqual(['b', 'c', 'dd', 'ü']);
  expect(await lines({ tail: 0 })).toEqual([]);
  await writeFile(source.file, '');
  await rm(`${source.file}.1`);
  expect(await lines({ tail: 9 })).toEqual(['a', 'b']);
});

it('rotates by copy, and keeps as many as it should', async () => {
  const rotation = { bytes: 3, keep: 2 };
  await writeFile(source.file, 'ab\n');
  expect(await rotate(source.file, rotation)).toBe(false);
  for (const text of ['first\n', 'second\n', 'third\n']) {
    await writeFile(source.file, text);
    expect(await rotate(source.file, rotation)).toBe(true);
  }
  expect(await readFile(source.file, 'utf8')).toBe('');
  expect(await readFile(`${source.file}.1`, 'utf8')).toBe('third\n');
  expect(await readFile(`${source.file}.2`, 'utf8')).toBe('second\n');
});

it('follows over a rotation until the instance has ended', async () => {
  await writeFile(source.file, 'one\n');
  const seen: string[] = [];
  const reading = (async () => {
    for await (const line of readLog(source, { stream: 'stdout', tail: 1, follow: true })) seen.push(line);
  })();
  await until(() => seen.length === 1);
  await appendFile(source.file, 'two\nthree');
  await rotate(source.file, { bytes: 0, keep: 2 });
  source.count += 1;
  await appendFile(source.file, ' and more\nlast');
  source.open = false;
  await reading;
  expect(seen).toEqual(['one', 'two', 'three and more', 'last']);
});

it('stops following when it is told to', async () => {
  await writeFile(source.file, 'one\n');
  const stopper = new AbortController();
  for await (const line of readLog(source, { stream: 'stdout', follow: true, signal: stopper.signal })) {
    expect(line).toBe('one');
    stopper.abort();
  }
});

it('rotates what instances write', async () => {
  const host = await Host.open({ rotation: { bytes: 2500, keep: 2, lookMs: 20 } });
  const cmd =
    'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line $i"; done; sleep 0.5; echo done; exec sleep 1000';
  await host.apply(appOf('/app', { cmd }));
  const [instance] = await readyInstances(host.runtime, '/app', 1);
  if (instance === undefined) throw new Error('no instance');
  const tail = async (count: number) => {
    const all: string[] = [];
    for await (const line of host.runtime.logs(instance.id, { stream: 'stdout', tail: count }))
      all.push(line);
    return all;
  };
  await until(async () => (await tail(1))[0] === 'done');
  expect(await readFile(`${host.dir(instance)}/stdout.1`, 'utf8')).toContain('line 1\nline 2\n');
  expect(await readFile(`${host.dir(instance)}/stdout`, 'utf8')).toBe('done\n');
  expect(await tail(2)).toEqual(['line 300', 'done']);
  expect(() => host.runtime.logs('no-such', { stream: 'stdout' })).toThrow(
    "Instance 'no-such' does not exist",
  );
  await host.close();
});
