import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isSame, startTimeOf } from '../os/process-table.js';

/** Content that is in the store. */
export interface Blob {
  /** sha256, hex. */
  digest: string;
  bytes: number;
}

/**
 * Files by their sha256 (`blobs/`), and which of them a key stands for (`keys/`). Everything is written beside its
 * place and renamed, so that a crash leaves nothing half-written under a name that counts.
 */
export class BlobStore {
  #ready: Promise<void> | undefined;

  constructor(private readonly folder: string) {}

  pathOf({ digest }: Blob): string {
    return join(this.folder, 'blobs', digest);
  }

  /** What the key stood for last, where its content is still there whole. */
  async find(key: string): Promise<Blob | undefined> {
    await this.#prepare();
    const blob = await readKey(this.#keyPath(key));
    return blob && (await this.#has(blob)) ? blob : undefined;
  }

  /** Content by its digest, whatever URI it came from. */
  async findDigest(digest: string): Promise<Blob | undefined> {
    await this.#prepare();
    const found = await stat(this.pathOf({ digest, bytes: 0 })).catch(() => undefined);
    return found && { digest, bytes: found.size };
  }

  /** Takes content in. `accept` may throw to refuse it; nothing is kept then, nor when the content ends early. */
  async add(
    key: string,
    content: Readable,
    options: { maxBytes: number; tooLarge: () => Error; accept: (blob: Blob) => void; signal: AbortSignal },
  ): Promise<Blob> {
    await this.#prepare();
    const draft = this.#draft();
    try {
      const blob = await write(draft, content, options);
      options.accept(blob);
      await rename(draft, this.pathOf(blob));
      await this.setKey(key, blob);
      return blob;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async setKey(key: string, blob: Blob): Promise<void> {
    const draft = this.#draft();
    await writeFile(draft, JSON.stringify(blob));
    await rename(draft, this.#keyPath(key));
  }

  #keyPath(key: string): string {
    return join(this.folder, 'keys', createHash('sha256').update(key).digest('hex'));
  }

  /** Named by its process, so that the next one knows which drafts nobody goes on with. */
  #draft(): string {
    const owner = encodeURIComponent(startTimeOf(process.pid) ?? '');
    return join(this.folder, 'drafts', `${process.pid}.${owner}.${randomUUID()}`);
  }

  async #has(blob: Blob): Promise<boolean> {
    return (await this.findDigest(blob.digest))?.bytes === blob.bytes;
  }

  #prepare(): Promise<void> {
    this.#ready ??= prepare(this.folder).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }
}

async function write(
  path: string,
  content: Readable,
  options: { maxBytes: number; tooLarge: () => Error; signal: AbortSignal },
): Promise<Blob> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes > options.maxBytes) done(options.tooLarge());
      else done(null, chunk);
    },
  });
  await pipeline(content, measure, createWriteStream(path, { flags: 'wx' }), { signal: options.signal });
  return { digest: hash.digest('hex'), bytes };
}

async function prepare(folder: string): Promise<void> {
  for (const name of ['blobs', 'keys', 'drafts']) await mkdir(join(folder, name), { recursive: true });
  await removeDrafts(join(folder, 'drafts'));
  await removeUnreferenced(folder);
}

async function removeDrafts(drafts: string): Promise<void> {
  for (const name of await readdir(drafts)) {
    const [pid = '', owner = ''] = name.split('.');
    if (!isSame(Number(pid), decodeURIComponent(owner))) await rm(join(drafts, name), { force: true });
  }
}

/** Content that was replaced by newer content of the same URI. */
async function removeUnreferenced(folder: string): Promise<void> {
  const keys = await readdir(join(folder, 'keys'));
  const blobs = await Promise.all(keys.map((key) => readKey(join(folder, 'keys', key))));
  const wanted = new Set(blobs.map((blob) => blob?.digest));
  for (const digest of await readdir(join(folder, 'blobs'))) {
    if (!wanted.has(digest)) await rm(join(folder, 'blobs', digest), { force: true });
  }
}

async function readKey(path: string): Promise<Blob | undefined> {
  try {
    const { digest, bytes } = JSON.parse(await readFile(path, 'utf8')) as Partial<Blob>;
    return typeof digest === 'string' && typeof bytes === 'number' ? { digest, bytes } : undefined;
  } catch {
    return undefined;
  }
}
