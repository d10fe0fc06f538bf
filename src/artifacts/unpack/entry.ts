import type { Readable } from 'node:stream';

/** One thing in an archive, the same for zip and tar. */
export interface ArchiveEntry {
  /** As the archive says it, unchecked. */
  path: string;
  kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  executable: boolean;
  /** Where a link leads; for a hard link a path of the archive. */
  target?: string;
  /** Of a file. */
  open?(): Promise<Readable> | Readable;
}

/** Why an archive is refused; completes the sentence "The artifact … cannot be unpacked: …". */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
