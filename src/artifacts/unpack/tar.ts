import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Parser, type ReadEntry } from 'tar';
import { type ArchiveEntry, ArchiveError } from './entry.js';

/** Gives every entry of a tar file, compressed with gzip or not, to `take`, one after another. */
export async function readTar(file: string, take: (entry: ArchiveEntry) => Promise<void>): Promise<void> {
  const failure = new AbortController();
  let taken = Promise.resolve();
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      taken = taken
        .then(() => take(toEntry(entry, failure.signal)))
        .then(() => void entry.resume())
        .catch((error: unknown) => failure.abort(error));
    },
  });
  parser.on('error', (error: unknown) => failure.abort(error));
  const ended = once(parser, 'end', { signal: failure.signal });
  ended.catch(() => {});
  try {
    for await (const chunk of createReadStream(file)) {
      failure.signal.throwIfAborted();
      if (!parser.write(chunk as Buffer)) await once(parser, 'drain', { signal: failure.signal });
    }
    parser.end();
    await ended;
    await taken;
    failure.signal.throwIfAborted();
  } catch (error) {
    if (!failure.signal.aborted) failure.abort(error);
    await taken;
    throw reasonOf(failure.signal.reason);
  }
}

function toEntry(entry: ReadEntry, signal: AbortSignal): ArchiveEntry {
  return {
    path: entry.path,
    kind: KINDS[entry.type] ?? 'other',
    executable: ((entry.mode ?? 0) & 0o111) !== 0,
    ...(entry.linkpath !== undefined && { target: entry.linkpath }),
    open: () => contentOf(entry, signal),
  };
}

/** Ends with an error at the signal: the entry in which a damaged archive stops would be waited for without end. */
function contentOf(entry: ReadEntry, signal: AbortSignal): Readable {
  const content = new Readable({ signal, read: () => void entry.resume() });
  entry.on('data', (chunk: Buffer) => {
    if (!content.push(chunk)) entry.pause();
  });
  entry.on('end', () => content.push(null));
  return content;
}

const KINDS: Partial<Record<ReadEntry['type'], ArchiveEntry['kind']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'directory',
  SymbolicLink: 'symlink',
  Link: 'hardlink',
};

/** Errors of the parser are about the archive; those of the disk pass as they are. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ArchiveError) return error;
  const aboutArchive = 'tarCode' in error || /^(TAR_|Z_)/.test(String((error as NodeJS.ErrnoException).code));
  return aboutArchive ? new ArchiveError(`it is no tar archive, or a damaged one (${error.message})`) : error;
}
