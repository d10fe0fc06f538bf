import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

/** Brings `dist/` up to date, for whoever starts the product as it is delivered. What it tells is no result: stderr. */
export function build(): void {
  const { status } = spawnSync(process.execPath, [SCRIPT], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the build failed');
}
