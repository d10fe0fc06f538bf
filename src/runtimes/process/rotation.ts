import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';

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
 * go, so that a line can get lost only within that moment. Tells whether it rotated.
 */
export async function rotate(file: string, rotation: Rotation): Promise<boolean> {
  if (sizeOf(file) <= rotation.bytes) return false;
  for (let number = rotation.keep - 1; number >= 1; number -= 1) {
    await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(() => undefined);
  }
  const copy = `${file}.1`;
  await copyFile(file, copy);
  moveRest(file, copy);
  return true;
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
