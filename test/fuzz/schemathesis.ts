import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Pinned: a newer one finds other things. */
const VERSION = '4.32.5';

/** What is held against each answer: no 5xx, and nothing that the document does not describe. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

interface Ended {
  code: number | null;
  output: string;
}

/** The program, installed on first use and kept; a sentence says why where that is not possible. */
export async function schemathesis(): Promise<{ program: string } | { missing: string }> {
  const folder = join(homedir(), '.cache/slipway', `schemathesis-${VERSION}`);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    const missing = await install(folder);
    if (missing !== undefined) return { missing };
    await writeFile(complete, VERSION);
  }
  return { program: join(folder, 'bin/schemathesis') };
}

async function install(folder: string): Promise<string | undefined> {
  await rm(folder, { recursive: true, force: true });
  const venv = await run('python3', ['-m', 'venv', folder]).catch((error: Error) => error);
  if (venv instanceof Error) return `python3 is not there: ${venv.message}`;
  if (venv.code !== 0) return `python3 -m venv failed: ${venv.output}`;
  const python = join(folder, 'bin/python');
  const pip = await run(python, ['-m', 'pip', 'install', '-q', `schemathesis==${VERSION}`]);
  return pip.code === 0 ? undefined : `pip install schemathesis==${VERSION} failed: ${pip.output}`;
}

export interface FuzzOptions {
  url: string;
  /** Where reports and what it remembers may go. */
  folder: string;
  /** Requests of each kind per operation. */
  examples: number;
  seconds: number;
  /** Ids of operations to leave out. */
  without: string[];
}

/** Runs it against the document that a service gives out. */
export function fuzz(program: string, options: FuzzOptions): Promise<Ended> {
  const { url, folder, examples, seconds, without } = options;
  const args = [
    'run',
    `${url}/api/openapi.json`,
    `--url=${url}`,
    '--phases=examples,coverage,fuzzing',
    `--checks=${CHECKS.join(',')}`,
    `--max-examples=${examples}`,
    `--max-time=${seconds}`,
    '--request-timeout=10',
    '--generation-deterministic',
    '--continue-on-failure',
    '--no-shrink',
    '--warnings=off',
    '--suppress-health-check=all',
    '--no-color',
    ...without.map((id) => `--exclude-operation-id=${id}`),
  ];
  return run(program, args, folder);
}

async function run(command: string, args: string[], cwd?: string): Promise<Ended> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  } finally {
    process.off('exit', end);
  }
}
