import { createWriteStream } from 'node:fs';
import { link, lstat, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ArchiveEntry, ArchiveError } from './entry.js';
import type { UnpackLimits } from './limits.js';
import { partsInside, requireLinkInside } from './paths.js';

/**
 * Writes files and archive entries below a root. Nothing is ever written through a link, so that with checked link
 * targets nothing can come to lie outside, whatever the order of the entries.
 */
export class SandboxWriter {
  #bytes = 0;
  #entries = 0;

  constructor(
    private readonly root: string,
    private readonly limits: UnpackLimits,
  ) {}

  /** Writes an entry into the folder `base` (parts below the root). Throws ArchiveError where it is refused. */
  async add(entry: ArchiveEntry, base: readonly string[] = []): Promise<void> {
    if (++this.#entries > this.limits.entries) {
      throw new ArchiveError(`it has more than ${this.limits.entries} entries`);
    }
    const parts = [...base, ...partsInside(entry.path, 'the entry')];
    const name = parts.at(-1);
    if (entry.kind === 'directory' || name === undefined) return this.#makeFolders(parts, entry.path);
    const folder = parts.slice(0, -1);
    await this.#makeFolders(folder, entry.path);
    const path = join(this.root, ...parts);
    await removeFile(path, entry.path);
    switch (entry.kind) {
      case 'file':
        return this.#writeFile(path, entry);
      case 'symlink':
        requireLinkInside(entry.path, entry.target ?? '', folder);
        return symlink(entry.target ?? '', path);
      case 'hardlink':
        return this.#hardLink(path, entry, base);
      case 'other':
        throw new ArchiveError(`the entry "${entry.path}" is a device, a pipe or of an unknown kind`);
    }
  }

  async #writeFile(path: string, entry: ArchiveEntry): Promise<void> {
    const content: Readable = (await entry.open?.()) ?? fail(entry.path);
    const mode = entry.executable ? 0o755 : 0o644;
    await pipeline(content, this.#counter(), createWriteStream(path, { flags: 'wx', mode }));
  }

  /** Only to a file of the same archive that was there before. */
  async #hardLink(path: string, entry: ArchiveEntry, base: readonly string[]): Promise<void> {
    const parts = [...base, ...partsInside(entry.target ?? '', `the link "${entry.path}" to`)];
    const from = join(this.root, ...parts);
    for (let depth = 1; depth < parts.length; depth++) {
      const kind = await kindOf(join(this.root, ...parts.slice(0, depth)));
      if (kind !== 'folder')
        throw new ArchiveError(`the link "${entry.path}" leads through a link or a file`);
    }
    if ((await kindOf(from)) !== 'file') {
      throw new ArchiveError(
        `the link "${entry.path}" leads to "${entry.target}", which is no file before it`,
      );
    }
    await link(from, path);
  }

  async #makeFolders(parts: readonly string[], entry: string): Promise<void> {
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = join(this.root, ...parts.slice(0, depth));
      const kind = await kindOf(path);
      if (kind === 'nothing') await mkdir(path, { mode: 0o755 });
      else if (kind !== 'folder')
        throw new ArchiveError(`the entry "${entry}" leads through a link or a file`);
    }
  }

  #counter(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#bytes += chunk.length;
        if (this.#bytes <= this.limits.bytes) done(null, chunk);
        else done(new ArchiveError(`it unpacks to more than ${this.limits.bytes} bytes`));
      },
    });
  }
}

/** A later entry of the same name replaces the earlier one, as tar does; a folder it does not replace. */
async function removeFile(path: string, entry: string): Promise<void> {
  if ((await kindOf(path)) === 'folder') throw new ArchiveError(`the entry "${entry}" is a folder as well`);
  await rm(path, { force: true });
}

async function kindOf(path: string): Promise<'nothing' | 'folder' | 'file' | 'other'> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 'nothing';
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'other';
}

function fail(path: string): never {
  throw new ArchiveError(`the entry "${path}" has no content`);
}
