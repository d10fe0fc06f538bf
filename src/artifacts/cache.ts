import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { RetryableError, TerminalError } from '../errors.js';
import type { Artifact } from '../model/app.js';
import { Sharing } from '../os/sharing.js';
import type { ResolvedArtifact } from '../runtimes/runtime.js';
import { createFetcher, type Fetcher } from './fetch.js';
import type { ArtifactObserver } from './observer.js';
import { placeAll } from './place.js';
import { type Blob, BlobStore } from './store.js';
import { UNPACK_LIMITS, type UnpackLimits } from './unpack/limits.js';
import { redacted, sourceOf } from './uri.js';

export interface ArtifactCacheOptions {
  /** Folder of the cache; one process at a time. */
  dir: string;
  log: Pick<Logger, 'info'>;
  observer?: ArtifactObserver;
  /** Whether `file:` is allowed; default true. */
  allowFile?: boolean;
  /** Largest artifact; default 2 GiB. */
  maxBytes?: number;
  limits?: Partial<UnpackLimits>;
  /** Longest silence of a server; default 30 s. */
  silenceMs?: number;
}

/** Artifacts of apps: fetched once, checked, and put into sandboxes. */
export interface ArtifactCache {
  /**
   * Fetches what is not here yet, and everything with `cache: false` again, and checks it.
   * Throws TerminalError where that cannot succeed (404, wrong checksum, unknown scheme, too large), RetryableError
   * where it may later (server away, 5xx, silence, disk full).
   */
  resolve(artifacts: Artifact[], signal?: AbortSignal): Promise<ResolvedArtifact[]>;
  /**
   * Copies or unpacks what was resolved into a sandbox, all of it or nothing; fetches what is missing.
   * Throws TerminalError for an archive that is damaged, too large, or reaches out of the sandbox.
   */
  place(artifacts: Artifact[], sandbox: string): Promise<void>;
}

export function createArtifactCache(options: ArtifactCacheOptions): ArtifactCache {
  const maxBytes = options.maxBytes ?? 2 * 2 ** 30;
  const limits = { ...UNPACK_LIMITS, ...options.limits };
  const fetcher = createFetcher({
    allowFile: options.allowFile ?? true,
    ...(options.silenceMs !== undefined && { silenceMs: options.silenceMs }),
  });
  const store = new BlobStore(options.dir);
  const downloads = new Sharing<Blob>();
  const { log, observer = {} } = options;
  const context: Context = { fetcher, store, maxBytes, log, observer };

  const download = (artifact: Artifact, signal?: AbortSignal) =>
    downloads.run(keyOf(artifact), (shared) => fetchInto(context, artifact, shared), signal);

  const resolveOne = async (artifact: Artifact, signal?: AbortSignal): Promise<ResolvedArtifact> => {
    const known = mayReuse(artifact) ? await findKnown(store, artifact) : undefined;
    if (known) observer.reused?.();
    const { digest, bytes } = known ?? (await download(artifact, signal));
    return { uri: redacted(artifact.uri), digest: `sha256:${digest}`, bytes };
  };

  return {
    resolve: (artifacts, signal) => Promise.all(artifacts.map((artifact) => resolveOne(artifact, signal))),
    async place(artifacts, sandbox) {
      const files = [];
      for (const artifact of artifacts) {
        const blob = (await findKnown(store, artifact)) ?? (await download(artifact));
        files.push({ artifact, path: store.pathOf(blob) });
      }
      await placeAll(files, sandbox, limits);
    },
  };
}

interface Context {
  fetcher: Fetcher;
  store: BlobStore;
  maxBytes: number;
  log: Pick<Logger, 'info'>;
  observer: ArtifactObserver;
}

/** A file of this machine is read again: that is cheap, and it may have changed. */
function mayReuse(artifact: Artifact): boolean {
  return artifact.cache && sourceOf(artifact.uri).kind !== 'file';
}

function keyOf({ uri, checksum }: Artifact): string {
  return JSON.stringify([uri, checksum ?? '']);
}

async function findKnown(store: BlobStore, artifact: Artifact): Promise<Blob | undefined> {
  const blob = await store.find(keyOf(artifact));
  if (blob !== undefined || artifact.checksum === undefined) return blob;
  const same = await store.findDigest(wantedDigest(artifact) ?? '');
  if (same !== undefined) await store.setKey(keyOf(artifact), same);
  return same;
}

async function fetchInto(context: Context, artifact: Artifact, signal: AbortSignal): Promise<Blob> {
  const { uri } = artifact;
  const wanted = wantedDigest(artifact);
  const began = Date.now();
  try {
    const { content, length } = await context.fetcher.open(uri, signal);
    const tooLarge = () => refused(uri, `it is larger than ${context.maxBytes} bytes`);
    if (length !== undefined && length > context.maxBytes) throw discard(content, tooLarge());
    const accept = ({ digest }: Blob) => {
      if (wanted !== undefined && digest !== wanted) {
        throw refused(uri, `its sha256 is ${digest}, and its checksum says ${wanted}`);
      }
    };
    const blob = await context.store.add(keyOf(artifact), content, {
      maxBytes: context.maxBytes,
      tooLarge,
      accept,
      signal,
    });
    const ms = Date.now() - began;
    context.observer.fetched?.(blob.bytes, ms);
    context.log.info({ uri: redacted(uri), ...blob, ms }, 'artifact fetched');
    return blob;
  } catch (error) {
    context.observer.failed?.();
    if (error instanceof TerminalError || error instanceof RetryableError) throw error;
    signal.throwIfAborted();
    throw away(uri, error);
  }
}

/** Hex of `sha256:<hex>`. */
function wantedDigest({ uri, checksum }: Artifact): string | undefined {
  if (checksum === undefined) return undefined;
  const digest = /^sha256:([0-9a-f]{64})$/i.exec(checksum)?.[1];
  if (digest !== undefined) return digest.toLowerCase();
  throw refused(uri, `its checksum is "${checksum}", which must be sha256: and 64 hexadecimal digits`);
}

function refused(uri: string, why: string): TerminalError {
  return new TerminalError('bad_request', `The artifact ${redacted(uri)} is refused: ${why}.`);
}

function discard(content: Readable, error: Error): Error {
  content.on('error', () => {}).destroy();
  return error;
}

/** A connection that failed, or a disk. The client's errors name host and port, never user or query. */
function away(uri: string, error: unknown): RetryableError {
  const { message, code } = error as NodeJS.ErrnoException;
  const why = code === 'ENOSPC' ? 'the disk of the artifact cache is full' : message || code || 'it failed';
  const source = sourceOf(uri);
  const what = source.kind === 'http' ? source.url.host : source.path;
  return new RetryableError(what, `The artifact ${redacted(uri)} cannot be fetched now: ${why}.`, {
    cause: error,
  });
}
