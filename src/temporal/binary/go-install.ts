import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../os/run.js';
import type { Source } from './source.js';
import { CLI_VERSION_BY_GO } from './verify.js';

/** It took 5.5 minutes on two cores. */
const LIMIT_MS = 30 * 60_000;

/** Builds the CLI, for machines that reach a Go module proxy and nothing else. */
export function goInstall(): Source {
  return {
    name: `go install of CLI ${CLI_VERSION_BY_GO}`,
    version: CLI_VERSION_BY_GO,
    async fetch({ target, work, env, say }) {
      const found = await run('go', ['version'], { timeoutMs: 20_000, env });
      if (found.code !== 0) throw new Error('go is not on PATH');
      say('  building takes about six minutes, once');
      const { code, output } = await run(
        'go',
        ['install', `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION_BY_GO}`],
        { timeoutMs: LIMIT_MS, env: { ...env, GOBIN: work }, cwd: work },
      );
      if (code !== 0) throw new Error(output.split('\n').at(-1) || 'go failed without a word');
      await rename(join(work, 'temporal'), target);
    },
  };
}
