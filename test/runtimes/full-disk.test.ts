import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotate } from '../../src/runtimes/process/rotation.js';
import { NO_SMALL_DISK, SmallDisk } from '../helpers/small-disk.js';
import { until } from '../helpers/until.js';
import { appOf, Host, instancesOf, readyInstances } from './support.js';

const MIB = 2 ** 20;

describe.skipIf(NO_SMALL_DISK)(`a disk that is full${NO_SMALL_DISK}`, () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = SmallDisk.make(48);
  });
  afterEach(() => disk.dispose());

  it('starts nothing and says why; what runs goes on, and what is missing starts when there is room', async () => {
    const host = await Host.open({}, disk.path);
    await host.apply(appOf('/app', { instances: 2 }));
    const [first, second] = await readyInstances(host.runtime, '/app', 2);
    disk.fill();
    await host.runtime.kill([first?.id ?? '']);
    const waiting = await until(async () => (await host.runtime.observe('/app')).waiting[0]);
    expect(waiting).toMatchObject({
      reason: 'resources',
      count: 1,
      missing: ['InsufficientDisk'],
      description: `the disk of ${host.home} is full: fewer than 16 MiB are left`,
    });
    const running = await instancesOf(host.runtime, '/app', 'running');
    expect(running.map(({ id, pid }) => [id, pid])).toEqual([[second?.id, second?.pid]]);
    // It has no failure of its own, so nothing makes it wait when there is room.
    expect((await host.runtime.observe('/app')).lastFailure).toBeUndefined();
    disk.clear();
    await readyInstances(host.runtime, '/app', 2);
    await host.close();
  });

  it('an instance that ends while nothing can be written is noticed, and replaced when there is room', async () => {
    const host = await Host.open({}, disk.path);
    await host.apply(appOf('/app'));
    const [first] = await readyInstances(host.runtime, '/app', 1);
    disk.fill();
    process.kill(-(first?.pid ?? 0), 'SIGKILL');
    await until(async () => (await instancesOf(host.runtime, '/app', 'running')).length === 0);
    disk.clear();
    const [next] = await readyInstances(host.runtime, '/app', 1);
    expect(next?.id).not.toBe(first?.id);
    await host.close();
  });

  it('the output of a program that writes without end is emptied all the same', async () => {
    const file = `${disk.path}/stdout`;
    await writeFile(file, Buffer.alloc(2 * MIB, 'x'));
    await writeFile(`${file}.1`, 'older');
    disk.fill();
    expect(await rotate(file, { bytes: MIB, keep: 2 })).toBe(true);
    expect((await stat(file)).size).toBe(0);
    await expect(readFile(`${file}.1`)).rejects.toThrow('ENOENT');
    await expect(readFile(`${file}.new`)).rejects.toThrow('ENOENT');
  });
});
