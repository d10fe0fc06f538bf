import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 2 ** 20;

/** A file system of a few MiB, in memory, that can be filled; mounted until it is disposed of. */
export class SmallDisk {
  private mounted = true;

  private constructor(readonly path: string) {
    process.once('exit', () => this.dispose());
  }

  static make(mib: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'slipway-disk-'));
    const { status, stderr } = mount(path, mib);
    if (status === 0) return new SmallDisk(path);
    rmdirSync(path);
    throw new Error(`mount: ${stderr}`);
  }

  /** MiB. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return Math.floor((bavail * bsize) / MIB);
  }

  /** Takes what is free but for that many MiB; of the rest not a byte is left where it is 0. */
  fill(leave = 0): void {
    const file = openSync(this.filler, 'a');
    try {
      if (leave === 0) for (;;) writeSync(file, Buffer.alloc(MIB / 16));
      while (this.free > leave) writeSync(file, Buffer.alloc(MIB));
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives it all back. */
  clear(): void {
    rmSync(this.filler, { force: true });
  }

  dispose(): void {
    if (!this.mounted) return;
    this.mounted = false;
    spawnSync('umount', ['--lazy', this.path]);
    rmdirSync(this.path);
  }

  private get filler(): string {
    return join(this.path, 'filler');
  }
}

function mount(path: string, mib: number) {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path], { encoding: 'utf8' });
}

/** Why no small disk can be made here; empty where it can. */
export const NO_SMALL_DISK = whyNot();

function whyNot(): string {
  try {
    SmallDisk.make(1).dispose();
    return '';
  } catch {
    return ' (a file system can be mounted only by root)';
  }
}
