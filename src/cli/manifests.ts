import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from './exit.js';
import type { Io } from './io.js';

/** A file as it is handed to the service, which finds out the form. */
export interface Manifest {
  /** For messages: the path, or `-`. */
  source: string;
  text: string;
}

const TAKEN = /\.(json|ya?ml)$/i;

/** Reads `-f` values: files, `-` for the standard input, directories (their .json, .yaml and .yml files by name). Throws CliError (usage). */
export async function readManifests(sources: string[], io: Io): Promise<Manifest[]> {
  const found: Manifest[] = [];
  for (const source of sources) found.push(...(await readSource(source, io)));
  return found;
}

async function readSource(source: string, io: Io): Promise<Manifest[]> {
  if (source === '-') return [{ source, text: await readAll(io.stdin) }];
  try {
    if (!(await stat(source)).isDirectory()) return [{ source, text: await readFile(source, 'utf8') }];
    return await readFolder(source);
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw usageError(`Cannot read ${source}: ${error.message}.`);
    throw error;
  }
}

async function readFolder(folder: string): Promise<Manifest[]> {
  const names = (await readdir(folder)).filter((name) => TAKEN.test(name)).sort();
  if (names.length === 0) throw usageError(`${folder} has no .json, .yaml or .yml file in it.`);
  return Promise.all(
    names.map(async (name) => ({
      source: join(folder, name),
      text: await readFile(join(folder, name), 'utf8'),
    })),
  );
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
