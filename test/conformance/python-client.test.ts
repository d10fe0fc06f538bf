import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { sharedBench } from './support/shared.js';

const SCRIPT = fileURLToPath(new URL('./python_client.py', import.meta.url));
const PACKAGE = 'marathon==0.13.0';
const run = promisify(execFile);

const folder = await mkdtemp(join(tmpdir(), 'slipway-test-python-'));
const python = join(folder, 'bin/python');
const reason = install();
const bench = sharedBench();
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The client in an environment of its own; why not, where it cannot be. */
function install(): string | undefined {
  const made = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.error) return 'python3 is not here';
  if (made.status !== 0) return 'python3 has no venv';
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', PACKAGE], { encoding: 'utf8' });
  return installed.status === 0 ? undefined : `pip cannot install ${PACKAGE}`;
}

const title = `every method of the PyPI client ${PACKAGE}`;
test.skipIf(reason !== undefined)(
  reason === undefined ? title : `${title} (skipped: ${reason})`,
  async () => {
    const ended = run(python, [SCRIPT, bench().service.api, bench().base], { timeout: 230_000 });
    const { code, stdout } = await ended.then(
      (result) => ({ code: 0, ...result }),
      (error: { code: number; stdout: string }) => error,
    );
    expect(stdout, stdout).toMatch(/methods called, 0 failed \[\], not called: \[\]\n$/);
    expect(code).toBe(0);
  },
  240_000,
);
