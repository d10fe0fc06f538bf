import { copyFile, open, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf } from './command.js';

/** The server logs errors only; this bounds what a failing disk or a loop of errors can write. */
const MAX_BYTES = 8 * 1024 * 1024;
const CHECK_MS = 60_000;
const LINES = 15;

export function logFileOf(home: string): string {
  return join(folderOf(home), 'server.log');
}

/** Moves a log that has grown too long aside, before a start. */
export async function rotate(home: string): Promise<void> {
  const file = logFileOf(home);
  if ((await sizeOf(file)) > MAX_BYTES) await rename(file, `${file}.1`);
}

/**
 * Keeps the log of a running server short, until the returned function is called. The server has the file open for
 * appending, so the file is copied and cut, not renamed.
 */
export function keepBounded(home: string): () => void {
  const file = logFileOf(home);
  const timer = setInterval(() => void cutWhenLong(file).catch(() => {}), CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function cutWhenLong(file: string): Promise<void> {
  if ((await sizeOf(file)) <= MAX_BYTES) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

/** The line with which a program in Go says why it falls over; what comes after it is where. */
export function isPanic(line: string): boolean {
  return line.startsWith('panic: ');
}

/** The last lines that were written after `from`, at most 15; of a panic the first ones. */
export async function lastLines(home: string, from: number): Promise<string[]> {
  const file = await open(logFileOf(home), 'r');
  try {
    const size = (await file.stat()).size;
    const start = Math.max(from, size - 16_384);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), {
      position: start,
    });
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
    const panic = lines.findIndex(isPanic);
    return panic < 0 ? lines.slice(-LINES) : lines.slice(panic, panic + LINES);
  } finally {
    await file.close();
  }
}

export async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}
