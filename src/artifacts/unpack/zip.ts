import { constants } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { type ArchiveEntry, ArchiveError } from './entry.js';

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK } = constants;
const KINDS = new Map<number, ArchiveEntry['kind']>([
  [0, 'file'],
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
]);
/** Made on Unix: only then the upper half of the attributes is a file mode. */
const UNIX = 3;
/** Far beyond any path; more is not a link but an attempt to fill the memory. */
const MAX_TARGET = 4_096;

/** Gives every entry of a zip file to `take`, one after another. */
export async function readZip(file: string, take: (entry: ArchiveEntry) => Promise<void>): Promise<void> {
  const zip = await openPromise(file).catch(damaged);
  try {
    for await (const entry of zip.eachEntry()) await take(await toEntry(zip, entry));
  } catch (error) {
    throw isSystemError(error) ? error : damaged(error);
  } finally {
    zip.close();
  }
}

async function toEntry(zip: ZipFile, entry: Entry): Promise<ArchiveEntry> {
  const path = entry.fileName;
  const mode = entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
  const kind = path.endsWith('/') ? 'directory' : (KINDS.get(mode & S_IFMT) ?? 'other');
  const open = () => zip.openReadStreamPromise(entry);
  const base = { path, kind, executable: (mode & 0o111) !== 0, open };
  if (kind !== 'symlink') return base;
  if (entry.uncompressedSize > MAX_TARGET) throw new ArchiveError(`the link "${path}" is too long`);
  return { ...base, target: await text(await open()) };
}

/** yauzl itself refuses absolute names and such that go up, and says which. */
function damaged(error: unknown): never {
  if (error instanceof ArchiveError) throw error;
  throw new ArchiveError(`it is no zip archive that can be used (${(error as Error).message})`);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
