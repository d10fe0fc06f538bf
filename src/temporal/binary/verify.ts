import { run } from '../../os/run.js';

/** The Temporal CLI that is fetched where none is found: server 1.32, UI 2.54. */
export const CLI_VERSION = '1.9.1';

/** The newest CLI that `go install` builds: later ones have a replace directive in their module. */
export const CLI_VERSION_BY_GO = '1.5.1';

/** Its server (1.30) is the oldest that the service is tested with. */
const OLDEST = CLI_VERSION_BY_GO;

export type Verified = { ok: true; version: string } | { ok: false; reason: string };

/** Runs `temporal --version`, within 20 s: the first start of a fresh binary reads 150 MB from the disk. */
export async function verify(binary: string): Promise<Verified> {
  const { code, output } = await run(binary, ['--version'], { timeoutMs: 20_000 });
  const version = /^temporal version (\d+\.\d+\.\d+)/m.exec(output)?.[1];
  if (code !== 0 || version === undefined) {
    return { ok: false, reason: `"${binary} --version" did not answer with a version: ${firstLine(output)}` };
  }
  if (isOlder(version, OLDEST)) {
    return { ok: false, reason: `${binary} is version ${version}; ${OLDEST} or later is needed` };
  }
  return { ok: true, version };
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version.split('.').map(Number), than.split('.').map(Number)];
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] || 'no output';
}
