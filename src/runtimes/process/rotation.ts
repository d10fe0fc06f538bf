import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { copyFile, rename, rm, truncate } from 'node:fs/promises';

export interface Rotation {
  /** Bytes beyond which a file is rotated. */
  bytes: number;
  /** Rotated files that are kept: `stdout.1` is the newest. */
  keep: number;
}

export const DEFAULT_ROTATION: Rotation = { bytes: 10 * 1024 * 1024, keep: 2 };

/**
 * Empties a file that grew beyond the limit, after its content was kept as `<file>.1`. The program writes on with
 * the file that it has open. The bulk is copied first; what came meanwhile is appended and the file emptied in one
 * go, so that a line can get lost only within that moment. Where the disk is full the file is emptied all the same, and what
 * had been kept of it goes: a program that writes without end must not keep the disk full. Tells whether it rotated.
 */
export async function rotate(file: string, rotation: Rotation): Promise<boolean> {
  if (sizeOf(file) <= rotation.bytes) return false;
  const copy = `${file}.new`;
  try {
    await copyFile(file, copy);
    for (let number = rotation.keep - 1; number >= 1; number -= 1) {
      await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(() => undefined);
    }
    await rename(copy, `${file}.1`);
    moveRest(file, `${file}.1`);
  } catch (error) {
    if (!isFull(error)) throw error;
    for (const kept of [copy, ...keptOf(file, rotation)]) await rm(kept, { force: true });
    await truncate(file);
  }
  return true;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function keptOf(file: string, { keep }: Rotation): string[] {
  return Array.from({ length: keep }, (_, index) => `${file}.${index + 1}`);
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function moveRest(file: string, copy: string): void {
  const [from, to] = [openSync(file, 'r+'), openSync(copy, 'a')];
  try {
    const buffer = Buffer.alloc(64 * 1024);
    let position = fstatSync(to).size;
    for (;;) {
      const read = readSync(from, buffer, 0, buffer.length, position);
      if (read === 0) break;
      writeSync(to, buffer, 0, read);
      position += read;
    }
    ftruncateSync(from, 0);
  } finally {
    closeSync(from);
    closeSync(to);
  }
}
