import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

export const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Set by `npm run histories`. */
export const recording = process.env.RECORD_HISTORIES === '1';

interface Run {
  id: string;
  /** The last one where it is absent. */
  run?: string;
  address?: string;
}

/** The CLI's JSON is what a person would attach to a bug report, and what the replayer reads; of this machine it tells nothing. */
export async function record(name: string, { id, run: runId, address }: Run): Promise<void> {
  const where = ['--address', address ?? inject('temporalAddress'), '--workflow-id', id];
  const which = runId === undefined ? [] : ['--run-id', runId];
  const { stdout } = await run(inject('temporalBinary'), [
    ...['workflow', 'show', '--output', 'json'],
    ...where,
    ...which,
  ]);
  await mkdir(HISTORIES, { recursive: true });
  const text = stdout.replaceAll(ROOT, '/slipway/').replaceAll(`${process.pid}@${hostname()}`, 'worker');
  await writeFile(`${HISTORIES}${name}.json`, text);
}

export function historyText(name: string): Promise<string> {
  return readFile(`${HISTORIES}${name}.json`, 'utf8');
}
