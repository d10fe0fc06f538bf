import { statfsSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
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
 * The same database, but as long as its disk has too little room left it refuses to write and goes on to read
 * (SQLSTATE 25006). Looked at before each statement: that costs microseconds.
 */
export function withinSpace(client: PGlite, dir: string, onSpace: OnSpace): PGlite {
  let full = false;

  async function look(): Promise<void> {
    const bytes = bytesLeft(dir);
    if (bytes < RESERVE === full) return;
    full = !full;
    onSpace({ bytes, needed: RESERVE, full });
    await client.exec(`set default_transaction_read_only = ${full ? 'on' : 'off'}`);
  }

  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      if (name !== 'query' && name !== 'transaction') return method;
      return async (...args: unknown[]) => {
        await look();
        return method(...args);
      };
    },
  });
}
