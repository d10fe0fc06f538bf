import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TerminalError } from '../errors.js';
import type { Artifact } from '../model/app.js';
import { type ArchiveEntry, ArchiveError } from './unpack/entry.js';
import type { UnpackLimits } from './unpack/limits.js';
import { partsInside } from './unpack/paths.js';
import { readTar } from './unpack/tar.js';
import { SandboxWriter } from './unpack/writer.js';
import { readZip } from './unpack/zip.js';
import { nameOf, redacted } from './uri.js';

/** An artifact and the file that holds its content. */
interface Fetched {
  artifact: Artifact;
  path: string;
}

type Reader = (file: string, take: (entry: ArchiveEntry) => Promise<void>) => Promise<void>;

const READERS: [RegExp, Reader][] = [
  [/\.zip$/i, readZip],
  [/\.(tar|tar\.gz|tgz)$/i, readTar],
];
const UNKNOWN_ARCHIVE = /\.(tar\.(bz2|xz|zst)|tbz2?|txz|rar|7z)$/i;

/** Prefix of folders in a sandbox that artifacts are put together in. */
const STAGING = '.slipway-placing-';

/**
 * Puts artifacts into a sandbox, in their order. They are put together in a folder beside first and moved when all are
 * there, so that of a refused one nothing is left, and no link that is in the sandbox already is followed.
 */
export async function placeAll(files: Fetched[], sandbox: string, limits: UnpackLimits): Promise<void> {
  await removeLeftovers(sandbox);
  const staging = join(sandbox, `${STAGING}${randomUUID()}`);
  await mkdir(staging);
  try {
    const writer = new SandboxWriter(staging, limits);
    for (const file of files) await placeOne(file, writer);
    await merge(staging, sandbox);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function placeOne({ artifact, path }: Fetched, writer: SandboxWriter): Promise<void> {
  const name = artifact.destPath ?? nameOf(artifact.uri);
  try {
    const reader = artifact.extract ? readerOf(artifact) : undefined;
    if (reader === undefined) await writer.add(plainFile(name, artifact.executable, path));
    else await reader(path, (entry) => writer.add(entry, folderOf(artifact)));
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    const verb = artifact.extract ? 'unpacked' : 'placed';
    throw new TerminalError(
      'bad_request',
      `The artifact ${redacted(artifact.uri)} cannot be ${verb}: ${error.message}.`,
    );
  }
}

function plainFile(path: string, executable: boolean, content: string): ArchiveEntry {
  if (partsInside(path, 'destPath').length === 0) {
    throw new ArchiveError('its URI ends without a file name; give it one by destPath');
  }
  return { path, kind: 'file', executable, open: () => createReadStream(content) };
}

function readerOf({ uri, destPath = '' }: Artifact): Reader | undefined {
  const names = [nameOf(uri), destPath];
  if (names.some((name) => UNKNOWN_ARCHIVE.test(name))) {
    throw new ArchiveError('only .zip, .tar, .tar.gz and .tgz are; use one of them, or set extract to false');
  }
  return READERS.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

/** destPath names the folder to unpack in; where it names the archive itself, as with Mesos, that is the sandbox. */
function folderOf({ destPath = '' }: Artifact): string[] {
  const parts = partsInside(destPath, 'destPath');
  return READERS.some(([pattern]) => pattern.test(destPath)) ? [] : parts;
}

/** Moves what is in one folder into another; folders are joined, everything else is replaced. */
async function merge(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const existing = await lstat(target).catch(() => undefined);
    if (entry.isDirectory() && existing?.isDirectory()) {
      await merge(source, target);
      continue;
    }
    if (existing !== undefined) await rm(target, { recursive: true });
    await rename(source, target);
  }
}

/** Of a service that was killed meanwhile. */
async function removeLeftovers(sandbox: string): Promise<void> {
  const leftovers = (await readdir(sandbox)).filter((name) => name.startsWith(STAGING));
  await Promise.all(leftovers.map((name) => rm(join(sandbox, name), { recursive: true, force: true })));
}
