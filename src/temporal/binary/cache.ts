import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lock, tryLock } from '../../os/lock.js';
import type { Source } from './source.js';
import { CLI_VERSION, CLI_VERSION_BY_GO, verify } from './verify.js';

/** Folder of the user's cache (XDG base directories) that the binaries are kept in. */
export function temporalCacheDir(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(base, 'slipway', 'temporal');
}

/** A binary that was fetched before and still runs. */
export async function findCached(cacheDir: string): Promise<string | undefined> {
  for (const version of [CLI_VERSION, CLI_VERSION_BY_GO]) {
    const binary = cachedPath(cacheDir, version);
    if ((await verify(binary)).ok) return binary;
  }
  return undefined;
}

/** Fetches beside the final place, tries the binary out and moves it there whole. Only under `withCacheLock`. */
export async function fetchInto(
  cacheDir: string,
  source: Source,
  options: { env: NodeJS.ProcessEnv; say(line: string): void },
): Promise<string> {
  const work = await mkdtemp(join(cacheDir, WORK));
  const target = join(work, 'fetched');
  try {
    await source.fetch({ target, work, ...options });
    await chmod(target, 0o755);
    const verified = await verify(target);
    if (!verified.ok) throw new Error(verified.reason);
    const binary = cachedPath(cacheDir, source.version);
    await mkdir(join(cacheDir, source.version), { recursive: true });
    await rename(target, binary);
    return binary;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Lets one process fetch at a time; the others wait for it, and then find what it left. */
export async function withCacheLock<T>(
  cacheDir: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  const lock = await waitForLock(cacheDir, say);
  try {
    await removeLeftovers(cacheDir);
    return await work();
  } finally {
    await lock.release();
  }
}

/** Prefix of work folders; those of a process that was killed are removed by the next one that has the lock. */
const WORK = 'fetching-';

/** Unbounded on purpose: each source is bounded, and a holder that dies frees the lock. */
async function waitForLock(cacheDir: string, say: (line: string) => void): Promise<Lock> {
  for (let told = false; ; told = true) {
    const attempt = await tryLock(cacheDir, 'lock');
    if ('lock' in attempt) return attempt.lock;
    if (!told) say(`Process ${attempt.holder.pid} is fetching Temporal already; waiting for it.`);
    await sleep(200);
  }
}

async function removeLeftovers(cacheDir: string): Promise<void> {
  const leftovers = (await readdir(cacheDir)).filter((name) => name.startsWith(WORK));
  await Promise.all(leftovers.map((name) => rm(join(cacheDir, name), { recursive: true, force: true })));
}

function cachedPath(cacheDir: string, version: string): string {
  return join(cacheDir, version, 'temporal');
}
