import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSame, type ProcessIdentity, startTimeOf } from './process-table.js';

/** An exclusive lock that this process holds. */
export interface Lock {
  /** Frees the lock; a second call does nothing. */
  release(): Promise<void>;
}

/** Either the lock, or who has it. */
export type LockAttempt = { lock: Lock } | { holder: ProcessIdentity };

/**
 * Takes the lock `name` in a folder, unless a living process has it; one of a dead process is replaced.
 *
 * The lock is a row of generations, `name.1`, `name.2`, …: the newest one counts, a generation is made by `link`,
 * which only one process can do, and it is never removed before a newer one is there. So two processes that find
 * the same dead holder cannot both replace it, which "delete and create again" would allow.
 */
export async function tryLock(folder: string, name: string): Promise<LockAttempt> {
  for (;;) {
    const newest = await newestGeneration(folder, name);
    const holder = await readHolder(folder, name, newest);
    if (holder !== undefined && isSame(holder.pid, holder.startTime)) return { holder };
    const mine = newest + 1;
    if (!(await claim(folder, name, mine))) continue;
    if ((await newestGeneration(folder, name)) === mine) {
      await removeOlder(folder, name, mine);
      return { lock: lockOf(folder, name, mine) };
    }
    await rm(pathOf(folder, name, mine), { force: true });
  }
}

function lockOf(folder: string, name: string, generation: number): Lock {
  let held = true;
  return {
    async release() {
      if (!held) return;
      held = false;
      await put(folder, name, RELEASED, (draft) => rename(draft, pathOf(folder, name, generation)));
    },
  };
}

/** The file stays, so that the row of generations never starts again at 1. */
const RELEASED = '{"released":true}\n';

/** False when another process made this generation first. */
async function claim(folder: string, name: string, generation: number): Promise<boolean> {
  const record = `${JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) })}\n`;
  try {
    await put(folder, name, record, (draft) => link(draft, pathOf(folder, name, generation)));
    return true;
  } catch (error) {
    // ENOENT: the winner has cleaned up the draft.
    if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Writes a draft and has it put in place whole, so that nobody reads half a record. */
async function put(folder: string, name: string, text: string, place: (draft: string) => Promise<void>) {
  const draft = join(folder, `${name}.draft-${randomUUID()}`);
  await writeFile(draft, text);
  try {
    await place(draft);
  } finally {
    await rm(draft, { force: true });
  }
}

async function newestGeneration(folder: string, name: string): Promise<number> {
  return Math.max(0, ...(await generations(folder, name)));
}

async function generations(folder: string, name: string): Promise<number[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => Number(file.slice(name.length + 1)))
    .filter((generation) => Number.isSafeInteger(generation) && generation > 0);
}

/** `undefined` where the lock is free: never taken, released, or a file that is not a record. */
async function readHolder(
  folder: string,
  name: string,
  generation: number,
): Promise<ProcessIdentity | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(pathOf(folder, name, generation), 'utf8'));
    return isIdentity(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isIdentity(record: unknown): record is ProcessIdentity {
  if (typeof record !== 'object' || record === null) return false;
  const { pid, startTime } = record as Record<string, unknown>;
  return typeof pid === 'number' && typeof startTime === 'string';
}

async function removeOlder(folder: string, name: string, generation: number): Promise<void> {
  const older = (await generations(folder, name)).filter((other) => other < generation);
  const drafts = (await readdir(folder)).filter((file) => file.startsWith(`${name}.draft-`));
  const files = [...older.map((other) => pathOf(folder, name, other)), ...drafts.map((d) => join(folder, d))];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

function pathOf(folder: string, name: string, generation: number): string {
  return join(folder, `${name}.${generation}`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
