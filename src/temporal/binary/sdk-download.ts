import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { x as extract } from 'tar';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { z } from 'zod';
import { megabytes, type Source } from './source.js';
import { CLI_VERSION } from './verify.js';

/** Where the SDK's test environment gets its development server (sdk-core, ephemeral_server). */
const SERVICE = 'https://temporal.download';

/** Connecting and the first answer; a machine without a way out must not wait long for the next source. */
const CONNECT_MS = 4_000;
const FIRST_ANSWER_MS = 8_000;
/** Without a byte for so long the download is given up. */
const STALL_MS = 15_000;

/**
 * The download that the Temporal SDK uses, without its test environment: that one has no time limit, shows no progress
 * and starts a server.
 */
export function sdkDownload(service: string = SERVICE): Source {
  return {
    name: `the download that the Temporal SDK uses (CLI ${CLI_VERSION})`,
    version: CLI_VERSION,
    unsuitable: () =>
      architecture() && platform() ? undefined : `no build for ${process.platform} ${process.arch}`,
    async fetch({ target, work, say }) {
      const agent = new EnvHttpProxyAgent({
        connect: { timeout: CONNECT_MS },
        headersTimeout: STALL_MS,
        bodyTimeout: STALL_MS,
      });
      try {
        const { archiveUrl, fileToExtract } = await describe(service, agent);
        await unpack(archiveUrl, fileToExtract, { agent, work, say });
        await rename(join(work, fileToExtract), target);
      } catch (error) {
        throw new Error(reasonOf(error));
      } finally {
        await agent.destroy();
      }
    },
  };
}

const Description = z.object({ archiveUrl: z.url(), fileToExtract: z.string().regex(/^[\w.-]+$/) });

async function describe(service: string, agent: EnvHttpProxyAgent): Promise<z.infer<typeof Description>> {
  const query = new URLSearchParams({
    arch: architecture() ?? '',
    platform: platform() ?? '',
    format: 'tar.gz',
  });
  const response = await fetch(`${service}/cli/v${CLI_VERSION}?${query}`, {
    dispatcher: agent,
    signal: AbortSignal.timeout(FIRST_ANSWER_MS),
  });
  if (!response.ok) throw new Error(`it answered with status ${response.status}`);
  return Description.parse(await response.json());
}

async function unpack(
  url: string,
  file: string,
  { agent, work, say }: { agent: EnvHttpProxyAgent; work: string; say(line: string): void },
): Promise<void> {
  const response = await fetch(url, { dispatcher: agent });
  if (!response.ok || response.body === null) throw new Error(`it answered with status ${response.status}`);
  const archive = join(work, 'archive.tar.gz');
  const total = Number(response.headers.get('content-length') ?? 0);
  await pipeline(Readable.fromWeb(response.body), progress(total, say), createWriteStream(archive));
  await extract({ file: archive, cwd: work, strict: true }, [file]);
}

/** A line each 10 MB. */
function progress(total: number, say: (line: string) => void): Transform {
  let [seen, said] = [0, 0];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen - said >= 1e7) {
        said = seen;
        say(`  ${megabytes(seen)}${total > 0 ? ` of ${megabytes(total)}` : ''}`);
      }
      done(null, chunk);
    },
  });
}

function architecture(): string | undefined {
  return { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
}

function platform(): string | undefined {
  return { linux: 'linux', darwin: 'darwin' }[process.platform as string];
}

/** `fetch` says only "fetch failed"; what happened is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
