import { statfsSync } from 'node:fs';
import { RetryableError } from '../errors.js';

/**
 * Bytes that are left for what is being written. A database in this process cannot end by itself as a server does that finds
 * no room for its log: it would hang, and with it the whole service. Four segments of that log.
 */
const RESERVE = 64 * 2 ** 20;

function bytesLeft(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** Opening writes, too. Throws RetryableError where there is too little room for it. */
export function requireSpace(dir: string): void {
  const left = bytesLeft(dir);
  if (left >= RESERVE) return;
  const mib = (bytes: number) => Math.floor(bytes / 2 ** 20);
  const text = `The disk of ${dir} is full: ${mib(left)} MiB are left, and ${mib(RESERVE)} are needed. Make room on it`;
  throw new RetryableError(`the disk of ${dir}`, text);
}

/** Told when writing is stopped or goes on. */
export type OnSpace = (free: { bytes: number; needed: number; full: boolean }) => void;

/**
 * To be called before each statement: `stopWriting` is told when the disk has too little room left, and when it has some again.
 * That costs microseconds.
 */
export function spaceWatch(dir: string, stopWriting: (full: boolean) => void, onSpace: OnSpace): () => void {
  let full = false;
  return () => {
    const bytes = bytesLeft(dir);
    if (bytes < RESERVE === full) return;
    stopWriting(!full);
    full = !full;
    onSpace({ bytes, needed: RESERVE, full });
  };
}
